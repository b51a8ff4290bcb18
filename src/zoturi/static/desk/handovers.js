// Handovers at the desk: what own contacts sent and how far it is, and what came to the own team.
import { fill, page, plural } from "../lib/words.js";
import { dayOf, whenOf } from "./days.js";
import { answer } from "./dialogs.js";
import { arrange, byId, clone, part, show, write } from "./dom.js";
import { toast } from "./notices.js";
import { danger, notify } from "./notify.js";
import { offer } from "./offer.js";
import { said, showPacket } from "./packet.js";
import { called, isolated, refusal } from "./sayings.js";

const named = ({ name, names }) => names?.[page.lang] ?? name;
const UNOPENED = ["offered", "consented", "queued", "delivered"];

export class Handovers {
  #known = new Map();

  constructor(store, { link, services }) {
    Object.assign(this, { store, link });
    this.list = byId("handovers");
    this.arrived = byId("arrived");
    services.onRow = (service, contact, row) => {
      if (service.accepts_handover === "no" || !store.owns(contact)) return;
      const button = clone("offer-button");
      part(button, "what").textContent = service.name;
      button.addEventListener("click", () => {
        services.dialog.close();
        offer(service, store.contacts.get(contact.id), store.threads.get(contact.id), link);
      });
      part(row, "deeds").append(button);
    };
    byId("notify-open").addEventListener("click", () => notify(store.contacts.get(store.current), link));
    byId("danger-open").addEventListener("click", danger);
    for (const list of [this.list, this.arrived]) list.addEventListener("click", (event) => this.#do(event));
  }

  /** The handovers of a fresh `watch_desk`. */
  snapshot(handovers) {
    this.#known = new Map(handovers.map((one) => [one.id, one]));
  }

  /** `handover_changed`: an older version is ignored. */
  changed(handover) {
    const known = this.#known.get(handover.id);
    if (known && known.version > handover.version) return;
    this.#known.set(handover.id, handover);
    const mine = this.store.mine.includes(handover.contact_id);
    if (mine && ["opened", "accepted", "declined"].includes(handover.state)) toast(this.#words(handover));
    if (handover.side === "receiver" && handover.state === "delivered") toast(said.arrived_now);
    this.store.listen("changed");
  }

  render() {
    const all = [...this.#known.values()];
    const sent = all.filter((one) => one.side === "sender" && one.contact_id === this.store.current);
    show(byId("passed-on"), sent.length > 0);
    arrange(this.list, sent.map(({ id }) => id), () => clone("handover-row")).forEach((row, i) => this.#fill(row, sent[i]));
    const came = all.filter((one) => one.side === "receiver" && ["delivered", "opened", "accepted"].includes(one.state));
    show(byId("arrived-box"), came.length > 0);
    arrange(this.arrived, came.map(({ id }) => id), () => clone("arrived-row")).forEach((row, i) => this.#fillArrived(row, came[i]));
    const contact = this.store.contacts.get(this.store.current);
    show(byId("notify-open"), Boolean(contact) && this.store.owns(contact));
  }

  #words({ state, service, attempts, due_at: due, contact_by: by, reason }) {
    const facts = { service: isolated(named(service)), when: due ? whenOf(Date.parse(due), this.store.now()) : "", day: by ? dayOf(Date.parse(by)) : "", reason: isolated(reason ?? "") };
    const sentence = state === "accepted" && by ? said.states.accepted_by : said.states[state];
    const tried = state === "queued" && attempts ? ` ${plural(said.tried, attempts)}` : "";
    return fill(sentence, facts) + tried;
  }

  #fill(row, handover) {
    write(part(row, "service"), named(handover.service));
    write(part(row, "state"), this.#words(handover));
    const contact = this.store.contacts.get(handover.contact_id);
    const mine = Boolean(contact) && this.store.owns(contact);
    show(part(row, "withdraw"), mine && UNOPENED.includes(handover.state));
    show(part(row, "consent"), mine && handover.state === "offered");
  }

  #fillArrived(row, handover) {
    write(part(row, "service"), named(handover.service));
    write(part(row, "state"), this.#words(handover));
    write(part(row, "open-words"), { delivered: said.open, opened: said.show }[handover.state] ?? said.look);
  }

  #do(event) {
    const button = event.target.closest("button");
    const handover = button && this.#known.get(button.closest("li").dataset.key);
    if (!handover) return;
    const deed = { withdraw: "withdraw", consent: "consent", open: "open", show: "look" }[button.dataset.part];
    if (deed) this[deed](handover);
  }

  async #ask(command, fields, done = null, special = {}) {
    const got = await this.link.ask(command, fields);
    if (got.ok) this.changed(got.handover);
    if (!got.ok || done) toast(got.ok ? done : refusal(said_, special));
    return got.ok ? got.handover : null;
  }

  async withdraw(handover) {
    const dialog = byId("withdraw-dialog");
    write(part(dialog, "who"), named(handover.service));
    if ((await answer(dialog)) !== "yes") return;
    await this.#ask("withdraw_handover", { handover_id: handover.id }, said.withdrawn, { conflict: said.opened_already });
  }

  /** A yes by phone, face to face or on paper. */
  async consent(handover) {
    const dialog = byId("consent-dialog");
    const form = dialog.querySelector("form");
    form.reset();
    const contact = this.store.contacts.get(handover.contact_id);
    write(part(dialog, "who"), fill(said.offer_to, { name: isolated(called(contact)), service: named(handover.service) }));
    showPacket(part(dialog, "packet"), handover.package);
    form.elements.read_in.value = [...form.elements.read_in.options].some(({ value }) => value === contact.language) ? contact.language : "";
    if ((await answer(dialog)) !== "yes") return;
    const fields = { handover_id: handover.id, how: form.elements.how.value, read_in: form.elements.read_in.value };
    await this.#ask("record_consent", fields, said.consented);
  }

  look(handover) {
    const dialog = byId("packet-dialog");
    write(part(dialog, "who"), `${named(handover.service)} · ${this.#words(handover)}`);
    showPacket(part(dialog, "packet"), handover.package);
    return answer(dialog);
  }

  /** What came to the own team: opened, read, answered. */
  async open(handover) {
    const opened = handover.state === "delivered" ? await this.#ask("open_handover", { handover_id: handover.id }) : handover;
    if (!opened) return;
    const dialog = byId("arrived-dialog");
    const form = dialog.querySelector("form");
    form.reset();
    write(part(dialog, "who"), this.#words(opened));
    showPacket(part(dialog, "packet"), opened.package);
    show(part(dialog, "answer"), opened.state === "opened");
    const chosen = await answer(dialog);
    const fields = { handover_id: opened.id };
    const by = form.elements.contact_by.value;
    if (chosen === "accept") await this.#ask("accept_handover", { ...fields, ...(by && { contact_by: by }) }, said.taken, { bad_field: said.other_day });
    if (chosen === "decline") await this.#ask("decline_handover", { ...fields, reason: form.elements.reason.value }, said.refused, { bad_text: said.say_why });
  }
}
