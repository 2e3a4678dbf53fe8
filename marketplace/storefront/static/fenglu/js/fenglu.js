/* Small comforts over plain forms; every page works without this file. */
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const number = (input) => Number.parseFloat(String(input.value).normalize("NFKC").replaceAll(",", "")) || 0;

  const other = (stepper) => {
    const note = stepper.parentElement.querySelector("[data-stepper-other]");
    if (!note) return;
    const value = number(stepper.querySelector("input")) * Number(note.dataset.stepperOther);
    note.textContent = value.toLocaleString("en-US", { maximumFractionDigits: 1 });
  };

  const limit = (stepper) => {
    const input = stepper.querySelector("input");
    const [less, more] = all("[data-step]", stepper);
    if (less) less.disabled = input.min !== "" && number(input) <= Number(input.min);
    if (more) more.disabled = input.max !== "" && number(input) >= Number(input.max);
    other(stepper);
  };

  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) {
      const stepper = step.closest("[data-stepper]");
      const input = stepper.querySelector("input");
      const size = Number(input.dataset.by) || Number(input.step) || 1;
      let value = number(input) + size * Number(step.dataset.step);
      if (input.min !== "") value = Math.max(value, Number(input.min));
      if (input.max !== "") value = Math.min(value, Number(input.max));
      value = Math.round(value * 1000) / 1000;
      input.value = "grouped" in input.dataset ? value.toLocaleString("en-US") : String(value);
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }

    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) {
      dismiss.closest(dismiss.dataset.dismiss || ".notice").remove();
      return;
    }

    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      event.preventDefault();
      navigator.clipboard.writeText(copy.dataset.copy || location.href).then(() => {
        const word = copy.querySelector("[data-copy-label]") || copy;
        const before = word.textContent;
        word.textContent = copy.dataset.copied;
        setTimeout(() => (word.textContent = before), 2000);
      });
      return;
    }

    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      if (dialog && dialog.showModal) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }

    const large = event.target.closest("[data-large-text]");
    if (large) {
      event.preventDefault();
      const root = document.documentElement;
      const on = root.dataset.text !== "large";
      root.dataset.text = on ? "large" : "normal";
      const year = 365 * 24 * 3600;
      document.cookie = `text=${root.dataset.text}; path=/; max-age=${year}; samesite=lax`;
      all("[data-large-text]").forEach((button) => {
        button.setAttribute("aria-pressed", String(on));
        button.value = on ? "normal" : "large";
      });
    }
  });

  document.addEventListener("input", (event) => {
    const stepper = event.target.closest("[data-stepper]");
    if (stepper) limit(stepper);
  });

  /* the chosen window is said again in the buy bar */
  const say = (radio) => {
    Object.entries(radio.dataset).forEach(([key, value]) => {
      if (!key.startsWith("say")) return;
      const name = key.slice(3).toLowerCase();
      all(`[data-said="${name}"]`).forEach((place) => (place.textContent = value));
    });
    all("[data-window-only]").forEach((place) => (place.hidden = place.dataset.windowOnly !== radio.value));
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-window]")) say(event.target);
    const form = event.target.form;
    if (form && event.target.matches("[data-submits]")) form.requestSubmit();
  });

  /* one press, one order: the button keeps its width and says the verb */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    const button = event.submitter || form.querySelector("[data-busy-label]");
    if (!button || !button.dataset.busyLabel) return;
    form.dataset.sent = "1";
    button.dataset.busy = button.dataset.busyLabel;
    button.setAttribute("aria-disabled", "true");
  });

  /* coming back by the history must not find the form still busy */
  addEventListener("pageshow", () => {
    all("form[data-sent]").forEach((form) => delete form.dataset.sent);
    all("[data-busy]").forEach((button) => {
      delete button.dataset.busy;
      button.removeAttribute("aria-disabled");
    });
    all("[data-window]:checked").forEach(say);
    all("[data-stepper]").forEach(limit);
  });

  const signal = () => all("[data-signal-off]").forEach((place) => (place.hidden = navigator.onLine));
  addEventListener("online", signal);
  addEventListener("offline", signal);
  signal();

  const wide = matchMedia("(min-width: 1024px)");
  const rails = () => all(".sheet--rail").forEach((sheet) => (sheet.open = wide.matches));
  wide.addEventListener("change", rails);
  rails();
})();
