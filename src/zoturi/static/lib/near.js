// New messages never scroll the page away under a reader: at the end it follows, elsewhere a button says so.

/** scroller: what scrolls (default: the page). say(count) puts the count into the button's words. */
export class Near {
  #count = 0;

  constructor(button, { scroller = document.scrollingElement, say = () => {} } = {}) {
    Object.assign(this, { button, scroller, say });
    button.hidden = true;
    button.addEventListener("click", () => this.go());
    const target = scroller === document.scrollingElement ? window : scroller;
    target.addEventListener("scroll", () => this.atEnd() && this.#reset(), { passive: true });
  }

  atEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < 120;
  }

  /** Runs change() and follows it if the reader was at the end (or wrote it); else counts it on the button. */
  follow(change, { own = false, counts = true } = {}) {
    const was = this.atEnd();
    const added = change();
    if (was || own) this.go();
    else if (added && counts) {
      this.#count += 1;
      this.say(this.#count);
      this.button.hidden = false;
    }
    return added;
  }

  go() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#reset();
  }

  #reset() {
    this.#count = 0;
    this.button.hidden = true;
  }
}
