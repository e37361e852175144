// On every citizen's page: starts the service worker, and tells it in which language to speak.
import { keep } from './store.mjs';

if ('serviceWorker' in navigator) {
  navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' }).catch(() => {
    // A private window allows none: everything else works as it is.
  });
  keep('language', document.documentElement.lang).catch(() => undefined);
}
