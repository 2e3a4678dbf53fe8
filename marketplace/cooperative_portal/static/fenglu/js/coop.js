/* What could not be sent stays on the phone and goes again with the same key: figures of the field, never a
   household. Every form works without this file. */
(() => {
  "use strict";
  const STORE = "fenglu-coop-kept";
  const box = document.getElementById("kept");
  if (!box) return;
  const say = box.dataset;
  const band = document.getElementById("kept-band");
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(STORE)) || [];
    } catch {
      return [];
    }
  };
  const write = (entries) => localStorage.setItem(STORE, JSON.stringify(entries));
  const mine = () => read().filter((entry) => entry.owner === say.owner);
  const change = (key, values) => {
    write(read().flatMap((entry) => (entry.key !== key ? [entry] : values ? [{ ...entry, ...values }] : [])));
    show();
  };
  const send = async (action, fields, headers) => {
    const body = new URLSearchParams(fields);
    body.set("csrfmiddlewaretoken", say.csrf);
    const reply = await fetch(action, { method: "POST", body, headers: { Accept: "application/json", ...headers } });
    if (reply.status >= 500) throw new Error("server");
    return (reply.headers.get("Content-Type") || "").includes("json") ? reply.json() : { status: "check" };
  };

  const node = (name, text, css) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (css) made.className = css;
    return made;
  };

  const show = () => {
    const entries = mine();
    const count = (...states) => entries.filter((entry) => states.includes(entry.state)).length;
    const waiting = count("waiting", "sending");
    const checks = count("check");
    box.hidden = !entries.length;
    band.hidden = !waiting && !checks && navigator.onLine;
    const head = waiting ? say.count.replace("[n]", waiting) : checks ? say.checks.replace("[n]", checks) : say.offline;
    band.querySelector("b").textContent = head;
    box.querySelector("ul").replaceChildren(
      ...entries.map((entry) => {
        const row = document.createElement("li");
        const words = document.createElement("div");
        words.append(node("b", entry.label), node("p", entry.message || entry.at));
        row.append(words, node("span", say[entry.state], `tag tag--${entry.state === "check" ? "late" : "off"}`));
        if (entry.state === "check") {
          const drop = node("button", say.drop, "button button--quiet");
          drop.type = "button";
          drop.addEventListener("click", () => change(entry.key, null));
          row.append(drop);
        }
        return row;
      }),
    );
  };

  let busy = false;
  const resend = async () => {
    if (busy || !navigator.onLine) return;
    busy = true;
    for (const entry of mine().filter((one) => one.state === "waiting" || one.state === "sending")) {
      change(entry.key, { state: "sending" });
      try {
        const answer = await send(entry.action, entry.fields, { "X-Resent": "1" });
        change(entry.key, { state: answer.status, message: answer.message });
        if (answer.status === "received") setTimeout(() => change(entry.key, null), 8000);
      } catch {
        change(entry.key, { state: "waiting" });
        break;
      }
    }
    busy = false;
  };

  const keep = (form, fields) => {
    const amount = form.querySelector("[name=picked_kg], [name=likely_kg]");
    const label = [form.dataset.keepLabel, amount && amount.value && `${amount.value} kg`].filter(Boolean).join(" ");
    const at = new Date().toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
    const entry = { key: form.elements.key.value, owner: say.owner, action: form.action, fields, label, at };
    write([...read().filter((one) => one.key !== entry.key), { ...entry, state: "waiting" }]);
    form.reset();
    if (entry.key.length > 30) form.elements.key.value = `${Date.now()}-${Math.random()}${Math.random()}`;
    dispatchEvent(new Event("pageshow"));
    show();
    scrollTo(0, 0);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("[data-keep]")) return;
    event.preventDefault();
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    try {
      const answer = await send(form.action, fields);
      if (answer.status === "received") location.assign(answer.url);
      else if (answer.status === "waiting") keep(form, fields);
      else form.submit();
    } catch {
      keep(form, fields);
    }
  });

  const total = document.querySelector("[data-share-sum]");
  const sum = () => {
    const shares = [...document.querySelectorAll("[name^=grade_]")].map(
      (input) => Number.parseFloat(input.value.normalize("NFKC")) || 0,
    );
    total.textContent = `${Math.round(shares.reduce((a, b) => a + b, 0) * 10) / 10} %`;
  };
  if (total) {
    addEventListener("input", sum);
    sum();
  }

  addEventListener("online", () => (show(), resend()));
  addEventListener("offline", show);
  show();
  resend();
})();
