// The worry test without reloads. The pages are the server's own; what is gained is that Back goes through them, and that
// the browser's history holds no posted answers: whoever looks later finds only the first page.
let pages = [document.querySelector("main")];
let busy = false;
let natural = false; // the form goes the way it would without this script

history.replaceState({ page: 0 }, "");

function show(page) {
  document.querySelector("main").replaceWith(pages[page]);
  prepare();
  scrollTo(0, 0);
  (pages[page].querySelector("[data-first]") ?? pages[page].querySelector("h1"))?.focus();
}

function prepare() {
  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
}

function ask(form, button) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.responseType = "document"; // read, never run: scripts in it stay dead
  request.timeout = 8000;
  const leave = () => {
    busy = false;
    natural = true;
    form.requestSubmit(button);
  };
  request.onerror = request.ontimeout = leave;
  request.onload = () => {
    const main = request.response?.querySelector("main");
    if (!main || (request.status !== 200 && request.status !== 422)) return leave();
    busy = false;
    const first = main.querySelector("[autofocus]"); // ours to focus: the browser does so only once a document
    first?.removeAttribute("autofocus");
    first?.setAttribute("data-first", "");
    document.title = request.response.title;
    const here = history.state?.page ?? 0;
    pages = [...pages.slice(0, here + 1), document.adoptNode(main)];
    history.pushState({ page: here + 1 }, "");
    show(here + 1);
  };
  const fields = new URLSearchParams(new FormData(form));
  if (button?.name) fields.set(button.name, button.value);
  request.send(fields);
}

document.addEventListener("submit", (event) => {
  if (natural || !event.target.matches("form[data-step]")) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  ask(event.target, event.submitter);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

addEventListener("popstate", (event) => {
  const page = event.state?.page;
  if (page === undefined) return; // a link within the page
  if (pages[page]) show(page);
  else location.reload();
});

addEventListener("zoturi:exit", () => (pages = []));

prepare();
