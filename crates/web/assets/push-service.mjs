// Whose push service a browser has, and what that means here. The words come with the page, in `data-push-services` (see
// crates/web/src/push_service.rs): {own: [host], known: [[host suffix, name]], texts: {own, host, <name>: text}, is_sent}.

/**
 * @param {HTMLElement} root the element with the words
 * @param {string} endpoint the address that the browser has got from its push service
 * @returns {{text: string, isServed: boolean}} a sentence for people, and whether anything is sent there at all
 */
export function whose(root, endpoint) {
  const { own, known, texts, is_sent: isSent } = JSON.parse(root.dataset.pushServices);
  const { hostname } = new URL(endpoint);
  if (own.includes(hostname)) return { text: texts.own, isServed: true };
  const name = known.find(([suffix]) => hostname === suffix || hostname.endsWith(`.${suffix}`))?.[1];
  return { text: name ? texts[name] : texts.host.replace('{host}', hostname), isServed: isSent };
}
