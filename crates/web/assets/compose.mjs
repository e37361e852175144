// Saves a notice as one types, and reads name, size and digest of a file that is chosen. Without it the buttons save.

const WAIT = 1200;

/** @type {HTMLFormElement | null} */
const form = document.querySelector("form[data-compose]");
const state = document.querySelector("#save-state");

/** @param {string} kind @param {string} text */
function say(kind, text) {
  if (state && state.textContent !== text) state.textContent = text;
  state?.setAttribute("data-state", kind);
}

if (form) {
  let timer = 0;
  let saving = false;
  let again = false;
  let ended = false;
  let leaving = false;
  let last = serialized();

  /** What the form says, without the buttons. */
  function serialized() {
    const entries = [...new FormData(form)].filter(([name]) => name !== "revision");
    return new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
  }

  function changed() {
    if (ended || serialized() === last) return;
    say("typing", form.dataset.typing);
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  }

  async function save() {
    if (saving) {
      again = true;
      return;
    }
    const now = serialized();
    if (ended || leaving || now === last) return;
    saving = true;
    try {
      await send(now);
    } catch {
      say("unsaved", form.dataset.offline);
    }
    saving = false;
    if (again) {
      again = false;
      await save();
    }
  }

  /** @param {string} now */
  async function send(now) {
    const revision = form.elements.namedItem("revision");
    const body = `${now}&revision=${encodeURIComponent(revision.value)}`;
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    const answer = await fetch(form.dataset.save, { method: "POST", headers, body });
    if (answer.redirected || answer.status === 401) {
      say("unsaved", form.dataset.signedOut);
      return;
    }
    const told = await answer.json();
    if (told.state === "saved") {
      last = now;
      revision.value = String(told.revision);
      if (form.dataset.save.endsWith("/new/save")) settle(told.edit);
      say("saved", `${told.said} ${told.missing}`);
    } else {
      // A colleague's edit is not written over by a script: the button shows both.
      ended = told.state === "conflict";
      say(told.state, told.said ?? form.dataset.offline);
    }
  }

  /** The notice exists from now on. @param {string} edit */
  function settle(edit) {
    form.action = edit;
    form.dataset.save = edit.replace(/\/edit$/, "/save");
    history.replaceState(null, "", edit);
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => {
    leaving = true;
    clearTimeout(timer);
    if (!saving) return;
    // The answer that is under way brings the revision from which the button saves.
    event.preventDefault();
    const button = event.submitter;
    const wait = setInterval(() => {
      if (saving) return;
      clearInterval(wait);
      form.requestSubmit(button);
    }, 50);
  });
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && serialized() !== last) event.preventDefault();
  });
}

for (const row of document.querySelectorAll("[data-file]")) {
  const choose = row.querySelector("[data-choose]");
  const input = choose?.querySelector("input");
  if (!choose || !input) continue;
  choose.hidden = false;
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (!file) return;
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const put = (name, value) => { row.querySelector(`[name="file-${name}-${row.dataset.file}"]`).value = value; };
    put("name", file.name);
    put("type", file.type || "application/octet-stream");
    put("size", String(file.size));
    put("sha256", hex);
    row.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
