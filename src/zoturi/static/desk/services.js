// The service directory at the desk: searched for the visitor of the open talk, sent to them as a message.
//
// `services.onRow = (service, contact, row) => …` is called for each service shown; whoever offers more than a card
// adds a button to part(row, "deeds") there.
import { uuid } from "../lib/outbox.js";
import { fill, page } from "../lib/words.js";
import { byId, clone, part, show, write } from "./dom.js";
import { toast } from "./notices.js";
import { called, isolated, languageOf, refusal } from "./sayings.js";

const PAUSE = 180;
const said = JSON.parse(byId("services-words").textContent);

export class Services {
  #asked = 0;
  #timer = 0;
  onRow = () => {};

  constructor(store, { link }) {
    Object.assign(this, { store, link });
    this.dialog = byId("services-dialog");
    this.form = part(this.dialog, "form");
    this.list = part(this.dialog, "list");
    this.form.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#search(), PAUSE);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search();
    });
  }

  /** Shows what fits this visitor: what they told narrows the search, and every choice can be taken back. */
  open(contact) {
    this.contact = contact;
    const name = isolated(called(contact));
    write(part(this.dialog, "who"), `${name} · ${languageOf(contact)}`);
    this.form.reset();
    const { area, age_group: age, topics } = this.form.elements;
    area.value = contact.area ?? "";
    age.value = contact.age_group ?? "";
    topics.value = contact.topics?.[0] ?? "";
    this.#search();
    this.dialog.showModal();
    this.form.elements.query.focus();
  }

  async #search() {
    const asked = (this.#asked += 1);
    const given = Object.fromEntries(new FormData(this.form));
    const fields = { language: this.contact.language, reader: page.spoken, limit: 20 };
    for (const name of ["query", "area", "age_group"]) if (given[name].trim()) fields[name] = given[name].trim();
    if (given.topics) fields.topics = [given.topics];
    const answer = await this.link.ask("find_services", fields);
    if (asked !== this.#asked) return;
    if (!answer.ok) return write(part(this.dialog, "count"), refusal(answer));
    this.list.replaceChildren(...answer.services.map((service) => this.#row(service)));
    write(part(this.dialog, "count"), answer.services.length ? "" : said.none);
  }

  #row(service) {
    const row = clone("service-row");
    row.dataset.key = service.id;
    write(part(row, "name"), service.name);
    write(part(row, "summary"), service.summary);
    const facts = [said.open[String(service.open)], said.tier[service.tier], said.accepts[service.accepts_handover]];
    write(part(row, "facts"), facts.filter(Boolean).join(" · "));
    const why = service.why.map((code) => said.why[code]).filter(Boolean);
    const because = part(row, "why");
    show(because, why.length > 0);
    write(because, fill(said.because, { why: why.join(", ") }));
    write(part(row, "hours"), [service.hours, service.phone].filter(Boolean).join(" · "));
    const send = part(row, "send");
    const clientId = uuid();
    part(send, "what").textContent = service.name;
    send.addEventListener("click", () => this.#send(service, clientId, send));
    this.onRow(service, this.contact, row);
    return row;
  }

  async #send(service, clientId, button) {
    button.disabled = true;
    const fields = { contact_id: this.contact.id, client_id: clientId, service_id: service.id };
    const answer = await this.link.ask("send_service_card", fields);
    button.disabled = answer.ok;
    if (!answer.ok) return write(part(this.dialog, "count"), refusal(answer));
    this.dialog.close();
    toast(fill(said.sent, { name: service.name }));
  }
}
