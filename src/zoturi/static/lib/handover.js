// Offers to pass something on to a service: the server writes them, this page fetches them anew when one changes.
import { page } from "./words.js";

const place = () => document.getElementById("handovers");
let known = null;

/** Puts the section of a fresh page in the place of this one; answers by script from now on. */
export function fresh(link) {
  known ??= listen(link);
  const ask = new XMLHttpRequest();
  ask.open("GET", `/${page.lang}/chat`);
  ask.responseType = "document";
  ask.addEventListener("load", () => {
    const section = ask.response?.getElementById("handovers");
    if (section) place().replaceWith(document.adoptNode(section));
  });
  ask.send();
}

function listen(link) {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches(".handover-answer") || !link.connected) return;
    event.preventDefault();
    const said = new FormData(form, event.submitter);
    const agree = said.get("agree") === "yes";
    const answer = await link.ask("answer_handover", {
      handover_id: said.get("handover_id"),
      agree,
      ...(agree && { include: said.getAll("include"), read_in: page.lang }),
    });
    if (answer.ok) return place().focus();
    // The page that comes of the plain form says what does not fit, and keeps the ticks.
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "agree", value: agree ? "yes" : "no" }));
    form.submit();
  });
  return true;
}
