// Times in words, as the server writes them: India's time, whatever the device's clock is set to.

/**
 * A day and a time in India.
 * @param {Date} date
 * @param {string} [pattern] with `{day}` and `{clock}`, in the page's language
 * @returns {string} such as “23 November 2026, 07:08 IST”
 */
function indianMoment(date, pattern = '{day}, {clock} IST', lang = document.documentElement.lang) {
  const written = (options) => new Intl.DateTimeFormat(`${lang}-IN-u-nu-latn`, { timeZone: 'Asia/Kolkata', ...options }).format(date);
  const clock = written({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return pattern.replace('{day}', written({ dateStyle: 'long' })).replace('{clock}', clock);
}

export { indianMoment };
