// What of Streamlit's page comes between an analyst and the article.

const DIALOG = '[data-testid="stDialog"]';
const MODAL = `${DIALOG}, [aria-modal="true"], dialog[open]`;
const LOST = "Connection error";  // the heading of Streamlit's dialog, in English whatever the page speaks

/** Whether something that wants an answer first lies over the page. */
export function isCovered(page = document) {
  return page.querySelector(MODAL) !== null;
}

/** Close Streamlit's dialog of a lost connection whenever it comes: the queue says so itself, and one can go
 *  on without. Returns what ends it. */
export function keepClear(page = document) {
  const clear = () => {
    for (const dialog of page.querySelectorAll(DIALOG)) {
      if (dialog.textContent.includes(LOST)) dialog.querySelector('button[aria-label="Close"]')?.click();
    }
  };
  const watch = new MutationObserver(clear);
  watch.observe(page.body, { childList: true });
  return () => watch.disconnect();
}
