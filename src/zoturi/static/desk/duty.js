// On duty or not, and how many chats at once.
import { fill, words } from "../lib/words.js";
import { byId, show, write } from "./dom.js";

export class Duty {
  constructor(store, { set, off, moment, pause }) {
    this.store = store;
    this.selects = [...document.querySelectorAll("select.capacity")];
    byId("duty-on").addEventListener("click", () => set(true, Number(this.selects[0].value)));
    byId("duty-off").addEventListener("click", off);
    byId("one-moment").addEventListener("click", moment);
    this.pause = byId("pause");
    this.pause.addEventListener("change", () => pause(this.pause.checked));
    for (const select of this.selects) {
      select.addEventListener("change", () => this.store.me.on_duty && set(true, Number(select.value)));
    }
  }

  render() {
    const { me } = this.store;
    const state = byId("duty-state");
    const on = me.paused ? words.on_duty_paused : words.on_duty;
    write(state, me.on_duty ? fill(on, { live: me.live, capacity: me.capacity }) : words.off_duty);
    state.classList.toggle("closed", !me.on_duty || me.paused);
    show(byId("pause-row"), me.on_duty);
    if (this.pause !== document.activeElement) this.pause.checked = me.paused;
    show(byId("one-moment"), me.live > 0);
    // The button that was pressed goes away: the focus goes on to what comes next, not to the top of the page.
    const leaving = byId(me.on_duty ? "off" : "duty-off").contains(document.activeElement);
    show(byId("duty-off"), me.on_duty);
    show(byId("off"), !me.on_duty);
    if (leaving) byId(me.on_duty ? "queue-title" : "duty-on").focus({ preventScroll: true });
    show(byId("on-capacity"), me.on_duty);
    for (const select of this.selects) {
      // Somebody is choosing right now, or has chosen a number for the shift about to begin.
      if (select === document.activeElement || (!me.on_duty && select.dataset.set)) continue;
      select.value = String(me.capacity);
      select.dataset.set = "yes";
    }
  }
}
