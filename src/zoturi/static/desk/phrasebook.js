// The phrasebook: read and picked in the worker's language, put into the box in the visitor's. Nothing is sent by itself.
import { uuid } from "../lib/outbox.js";
import { fill, page, words } from "../lib/words.js";
import { byId, clone, part, show, write } from "./dom.js";
import { toast } from "./notices.js";
import { called, isolated, languageOf, refusal } from "./sayings.js";

/** In this language, else in one that most can read. */
const inLanguage = (texts, code) => texts[code] ?? texts.en ?? texts.fi ?? Object.values(texts)[0];
const plain = (text) => text.toLocaleLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

export class Phrasebook {
  #options = [];
  #at = 0;
  #pick = () => {};
  #theirs = "fi";

  constructor(store, { link }) {
    Object.assign(this, { store, link });
    this.dialog = byId("phrases-dialog");
    this.search = byId("phrase-search");
    this.list = byId("phrase-list");
    this.search.addEventListener("input", () => this.#show());
    this.search.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#take(this.#options.findIndex(({ row }) => row === option));
    });
    this.form = part(this.dialog, "form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    part(this.dialog, "own").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.#delete(button.closest("li").dataset.key);
    });
  }

  /** Shows the sentences for this visitor; pick(text) gets the one chosen, in the visitor's language. */
  open(contact, pick, typed = "") {
    this.#pick = pick;
    this.#theirs = contact.language;
    const name = isolated(called(contact));
    write(part(this.dialog, "who"), `${fill(words.to, { name })} · ${languageOf(contact)}`);
    this.search.value = typed;
    this.form.reset();
    this.#owns();
    this.#show();
    this.dialog.showModal();
    this.search.focus();
  }

  get #topics() {
    const own = { name: null, phrases: this.store.phrases };
    return this.store.phrases.length ? [own, ...page.phrases] : page.phrases;
  }

  #show() {
    const wanted = plain(this.search.value).split(/\s+/).filter(Boolean);
    this.#options = [];
    const groups = [];
    for (const { name, phrases } of this.#topics) {
      const topic = name ? inLanguage(name, page.spoken) : words.own_phrases;
      const fitting = phrases.filter(({ texts }) => {
        const text = plain(`${topic} ${inLanguage(texts, page.spoken)} ${inLanguage(texts, this.#theirs)}`);
        return wanted.every((word) => text.includes(word));
      });
      if (!fitting.length) continue;
      const group = clone("phrase-group");
      write(part(group, "topic"), topic);
      group.ariaLabel = topic;
      group.append(...fitting.map((phrase) => this.#option(phrase)));
      groups.push(group);
    }
    this.list.replaceChildren(...groups);
    write(part(this.dialog, "count"), this.#options.length ? "" : words.no_phrase);
    this.#mark(0);
  }

  #option({ texts }) {
    const row = clone("phrase-row");
    const mine = inLanguage(texts, page.spoken);
    const text = inLanguage(texts, this.#theirs);
    write(part(row, "text"), mine);
    const theirs = part(row, "theirs");
    show(theirs, text !== mine);
    if (text !== mine) Object.assign(theirs, { textContent: text, lang: texts[this.#theirs] ? this.#theirs : "en", dir: "auto" });
    row.id = `phrase-option-${this.#options.length}`;
    this.#options.push({ row, text });
    return row;
  }

  #mark(i) {
    this.#options[this.#at]?.row.removeAttribute("aria-selected");
    this.#at = Math.max(0, Math.min(i, this.#options.length - 1));
    const chosen = this.#options[this.#at]?.row;
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.search.setAttribute("aria-activedescendant", chosen.id);
    else this.search.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 }[event.key];
    if (step) this.#mark(this.#at + step);
    else if (event.key === "Enter") this.#take(this.#at);
    else return;
    event.preventDefault();
  }

  #take(i) {
    const chosen = this.#options[i];
    if (!chosen) return;
    this.dialog.close();
    this.#pick(chosen.text);
  }

  #owns() {
    const rows = this.store.phrases.map(({ id, texts }) => {
      const row = clone("own-phrase-row");
      row.dataset.key = id;
      const text = inLanguage(texts, page.spoken);
      write(part(row, "text"), text);
      write(part(row, "what"), fill(words.phrase_delete, { text }));
      return row;
    });
    part(this.dialog, "own").replaceChildren(...rows);
    write(part(this.dialog, "error"), "");
    show(part(this.dialog, "error"), false);
  }

  async #save() {
    const texts = {};
    for (const area of this.form.querySelectorAll("textarea")) if (area.value.trim()) texts[area.name] = area.value.trim();
    const complain = (why) => {
      const error = part(this.dialog, "error");
      write(error, why);
      show(error, true);
    };
    if (!Object.keys(texts).length) return complain(words.phrase_empty);
    this.saving ??= uuid();
    const answer = await this.link.ask("save_phrase", { phrase_id: this.saving, texts });
    if (!answer.ok) return complain(refusal(answer));
    this.saving = null;
    this.form.reset();
    this.#changed(answer.phrases);
    toast(words.phrase_saved);
  }

  async #delete(id) {
    const answer = await this.link.ask("delete_phrase", { phrase_id: id });
    if (!answer.ok) return toast(refusal(answer));
    this.#changed(answer.phrases);
    this.search.focus();
  }

  #changed(phrases) {
    this.store.phrases = phrases;
    this.#owns();
    this.#show();
  }
}
