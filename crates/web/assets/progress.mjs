// Shows how a delivery goes on. Without it the page shows how it was when it was loaded.

const part = document.querySelector("[data-follow]");
const said = document.querySelector("#progress-said");

if (part) {
  const source = new EventSource(part.dataset.follow);
  source.addEventListener("figures", (event) => {
    // What the officer has unfolded stays so.
    const isOpen = part.querySelector("details")?.open ?? false;
    part.innerHTML = event.data;
    const details = part.querySelector("details");
    if (details) details.open = isOpen;
  });
  source.addEventListener("done", () => {
    source.close();
    if (said) said.textContent = said.dataset.textDone;
  });
}
