// `[data-verify]` on a notice's page: this browser checks the signatures by itself, with the root key that it has pinned.
import { keepNotice } from './store.mjs';
import { checkNotice } from './trust.mjs';

const LOOK = { official: 'good', over: 'warn', not_official: 'bad', unchecked: 'warn' };
const TEXT = { official: 'textOfficial', over: 'textOver', not_official: 'textNotOfficial', unchecked: 'textUnchecked' };

async function verify(element) {
  const id = /ntc_[0-9a-z]{26}/.exec(element.dataset.verify)?.[0];
  const verdict = await checkNotice(id, AbortSignal.timeout(15000)).then((checked) => checked.verdict, () => 'unchecked');
  const words = element.querySelector('[data-words]') ?? element;
  words.textContent = element.dataset[TEXT[verdict]];
  element.classList.add(LOOK[verdict]);
  element.dataset.verdict = verdict;
  element.hidden = false;
  if (verdict !== 'not_official') await keepNotice({ id, read: true });
}

document.querySelectorAll('[data-verify]').forEach((element) => void verify(element).catch(() => undefined));
