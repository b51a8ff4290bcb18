// Keeps the page of this moment fresh: the server draws it, this puts the new drawing in place of the old one.

const EVERY = 5_000;
const part = document.getElementById("live");

/** The page as a document; asked for in this way no script of it runs and no text is parsed by us. */
function ask() {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("GET", part.dataset.from);
    request.responseType = "document";
    request.timeout = EVERY;
    request.onloadend = () => done(request.status === 200 ? request.response?.getElementById("live") : null);
    request.send();
  });
}

/** Somebody is about to use a control in here: a button must not move from under the finger. */
const inUse = () => part.contains(document.activeElement) && document.activeElement.matches("select, button");

async function refresh() {
  if (document.visibilityState === "visible" && !inUse()) {
    const fresh = await ask();
    if (fresh && !inUse() && fresh.textContent !== part.textContent) {
      const at = [...part.querySelectorAll(".table")].map((table) => table.scrollLeft);
      const held = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      part.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
      part.querySelectorAll(".table").forEach((table, i) => (table.scrollLeft = at[i] ?? 0));
      if (held) part.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus();
    }
  }
  setTimeout(refresh, EVERY);
}

setTimeout(refresh, EVERY);
