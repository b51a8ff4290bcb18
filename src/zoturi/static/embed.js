// The help button on other people's pages: a plain link in a shadow root, so that no style goes in or out. Nothing is
// asked or stored before somebody taps it.
//
// <div data-zoturi data-lang data-area data-unit data-topics data-label></div>, any number of them; on a page without
// any, the same attributes on the script itself.
(() => {
  const script = document.currentScript;
  const words = { fi: "Pyydä apua", sv: "Be om hjälp", en: "Ask for help" };
  // Colours of the page's own scheme; a ring in dark and white is seen on every ground.
  const look =
    ":host{all:initial;display:inline-block;max-inline-size:100%;color-scheme:inherit}" +
    "a{box-sizing:border-box;display:inline-block;max-inline-size:100%;padding:.75em 1.5em;border:2px solid;border-radius:99px;" +
    "background:#ffb547;background:light-dark(#ffb547,#33240d);color:#1f1a33;color:light-dark(#1f1a33,#ffe3b3);" +
    "font:650 max(1rem,18px)/1.25 system-ui,sans-serif;text-align:center;text-decoration:none;overflow-wrap:anywhere}" +
    "a:hover{text-decoration:underline}" +
    "a:focus-visible{outline:3px solid #1f2040;outline-offset:3px;box-shadow:0 0 0 3px #fff}";

  function show(place) {
    if (place.shadowRoot) return;
    const told = place.dataset;
    const own = document.documentElement.lang.slice(0, 2);
    const lang = told.lang || (words[own] ? own : "fi");
    const url = new URL(`/${lang}/help`, script.src);
    for (const name of ["area", "unit", "topics"]) if (told[name]) url.searchParams.set(name, told[name]);
    const link = document.createElement("a");
    Object.assign(link, { href: url, rel: "noreferrer", referrerPolicy: "no-referrer", lang: lang.split("_")[0], dir: "auto" });
    link.textContent = told.label || words[lang] || words.en;
    const root = place.attachShadow({ mode: "open" });
    root.append(link);
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(look);
      root.adoptedStyleSheets = [sheet];
    } catch {
      // An old browser shows the link as links look there.
    }
  }

  function begin() {
    const places = document.querySelectorAll("[data-zoturi]");
    if (places.length) return places.forEach(show);
    const place = document.createElement("div");
    Object.assign(place.dataset, script.dataset);
    if (script.closest("head")) (document.querySelector("main") || document.body).append(place);
    else script.after(place);
    show(place);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
