// What is asked before several alerts are changed, or one is closed: a dialog that names every one of them.

import { make } from "../queue/dom.js";

const ASKED = {
  acknowledge: "list.ask.acknowledge", assign: "list.ask.assign", resolve: "list.ask.resolve", silence: "list.ask.silence",
};
const NOTED = new Set(["acknowledge", "resolve", "silence"]);
const HOURS = [1, 4, 24, 168];

/** Ask in `place` whether `action` is to be done with `rows`; `to` is whom they are assigned to. Calls
 *  `sure({note, hours, until_worse})` at most once; the dialog is gone then, or on Esc. */
export function question(place, action, rows, to, say, sure) {
  const user = to === "" ? say("list.assign_nobody") : to;
  const note = make("input", "ma-field", { attrs: { type: "text", maxlength: 2000, "aria-label": say("list.note"), placeholder: say("list.note") } });
  const options = HOURS.map((hours) => make("option", "", { text: hours, attrs: { value: hours, selected: hours === 4 } }));
  const hours = make("select", "ma-field", { attrs: { "aria-label": say("list.hours") } }, ...options);
  const worse = make("input", "", { attrs: { type: "checkbox", checked: true } });
  const form = make(
    "form", "ma-question", { attrs: { method: "dialog" } },
    make("h3", "", { text: say(ASKED[action], { n: rows.length, user }) }),
    make("ul", "", {}, ...rows.map((row) => make("li", "", {}, make("b", "", { text: row.title }), ` ${row.about}`))),
    action === "resolve" ? make("p", "ma-meta", { text: say("list.ask.resolve.help") }) : null,
    action === "silence" ? make("label", "", {}, `${say("list.hours")} `, hours) : null,
    action === "silence" ? make("label", "", {}, worse, ` ${say("list.until_worse")}`) : null,
    NOTED.has(action) ? note : null,
    make(
      "div", "ma-buttons", {},
      make("button", "ma-button ma-first", { text: say("list.confirm"), attrs: { value: "yes" } }),
      make("button", "ma-button", { text: say("list.cancel"), attrs: { value: "no" } }),
    ),
  );
  const dialog = make("dialog", "ma-dialog", {
    onkeydown: (event) => event.stopPropagation(),  // Streamlit's single keys
    onclose: () => {
      const yes = dialog.returnValue === "yes";
      dialog.remove();
      if (yes) sure({ note: note.value, hours: Number(hours.value), until_worse: worse.checked });
    },
  }, form);
  place.append(dialog);
  dialog.showModal();
  form.querySelector("button").focus();
  return dialog;
}
