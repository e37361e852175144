// On every citizen's page: starts the service worker.
if ('serviceWorker' in navigator) {
  navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' }).catch(() => {
    // A private window allows none: everything else works as it is.
  });
}
