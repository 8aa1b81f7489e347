// A small picture of a row's counts: a bar for each window, those of the alert's own filled, over the band in
// which 95% of what is usual lies.

const SVG = "http" + "://www.w3.org/2000/svg";  // the name of a kind of element; nothing is asked there
const HEIGHT = 28, WIDTH = 5, GAP = 1;

function shape(kind, attributes, names) {
  const node = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  if (names) node.setAttribute("class", names);
  return node;
}

/** The picture of {bars: [{weight, own}], low, high}, described by `label`. */
export function spark({ bars, low, high }, label) {
  const most = Math.max(high, ...bars.map((bar) => bar.weight), 1e-9);
  const up = (weight) => (weight / most) * (HEIGHT - 1);
  const width = bars.length * (WIDTH + GAP);
  const picture = shape("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": label }, "ma-spark");
  const band = Math.max(1, up(high) - up(low));
  picture.append(shape("rect", { x: 0, y: HEIGHT - up(low) - band, width, height: band }, "ma-band"));
  bars.forEach((bar, place) => {
    const tall = bar.weight > 0 ? Math.max(1, up(bar.weight)) : 0;
    const at = { x: place * (WIDTH + GAP), y: HEIGHT - tall, width: WIDTH, height: tall };
    picture.append(shape("rect", at, bar.own ? "ma-own" : "ma-bar"));
  });
  return picture;
}
