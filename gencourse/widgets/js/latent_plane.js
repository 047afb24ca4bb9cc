// The plane of a VAE's two causes: decoded where the reader points, with both terms of the ELBO of the reader's guess.

import { button, choice, h, readout, slider, svg, tuple } from "./dom.js";
import { explorer } from "./explorer.js";
import { bytes, decode, halves, layers, mean, walk } from "./latent_plane_decoder.js";
import { elbo } from "./latent_plane_elbo.js";
import { mark, strip } from "./latent_plane_pictures.js";
import { Plane } from "./plane.js";

const REACH = 3; // of the plane, and of both points
const DOUBLINGS = 3; // of the width, up and down
const STOPS = 9; // of the walk
const TILES = 17; // of the decoded plane, in each direction
const PLANES = { images: "training images", pictures: "decoded pictures" };
const TERMS = ["explained", "kl", "elbo"];
const PIXELS = 28 * 28;

const clamped = (v, low, high) => Math.min(Math.max(v, low), high);
const inside = (z) => z.map((v) => clamped(v, -REACH, REACH));
const place = (z) => inside(z).map((v) => Number(v.toFixed(2))); // a link to a setting stays short
const moved = (z, by, fast) => place(z.map((v, j) => v + by[j] * (fast ? 0.2 : 0.01)));
const nats = (v) => v.toFixed(2).replace("-", "−");
const compared = (v) => (Math.abs(v) < 0.005 ? "level with" : `${nats(Math.abs(v))} nats ${v < 0 ? "below" : "above"}`);

/** The decoder, and the images with their labels and the encoder's guesses, out of what Python packed. */
function unpack({ widths, weights, images, labels, names, mu, sigma }) {
  const decoder = layers(widths, halves(bytes(weights)));
  const greys = Float64Array.from(bytes(images), (byte) => byte / 255);
  const cards = labels.map((label, i) => ({
    label, name: names[label], mu: mu[i], sigma: sigma[i], x: greys.subarray(i * PIXELS, (i + 1) * PIXELS),
  }));
  return { cards, decoder: (z) => decode(decoder, z), picture: (z) => mean(decode(decoder, z)) };
}

function build({ root, set, tell, redraw, start }) {
  const { cards, decoder, picture } = unpack(start.data);
  let now; // the state that is drawn
  let tiles; // the decoded plane, painted when it is first asked for

  const which = slider(
    "Image x",
    { min: 1, max: cards.length, step: 1, format: (i) => `${i}: ${cards[i - 1].name}` },
    (i) => set({ image: i - 1 }),
  );
  const shown = choice("The plane shows", PLANES, (plane) => set({ plane }));
  const width = slider(
    "Width of q",
    { min: -DOUBLINGS, max: DOUBLINGS, step: 0.25, format: (v) => `${Number((2 ** v).toFixed(2))} × σ` },
    (v) => set({ width: Number((2 ** v).toFixed(4)) }),
  );

  const plane = new Plane("The plane of causes", redraw);
  plane.zoom(REACH, REACH / 2);
  const point = (name, label) =>
    plane.handle({
      label,
      name,
      range: [-REACH, REACH],
      onDrag: (z) => set({ [name]: place(z) }),
      onKey: (by, fast) => set({ [name]: moved(now[name], by, fast) }),
    });
  const end = point("end", "end, where the walk goes");
  const z = point("z", "z, the middle of your guess q");
  const at = (where, element) => {
    element.setAttribute("transform", `translate(${plane.pixel(where)})`);
    return element;
  };
  const choose = ({ clientX, clientY }) => {
    // The nearest mark, and not the one that happens to lie on top.
    const far = marks.map((one) => one.getBoundingClientRect()).map((box) =>
      Math.hypot(box.x + box.width / 2 - clientX, box.y + box.height / 2 - clientY),
    );
    set({ image: far.indexOf(Math.min(...far)) });
  };
  const marks = cards.map(({ mu, label }) => at(mu, mark(label, { onclick: choose })));
  const legend = start.data.names.map((name, label) =>
    h("li", {}, svg("svg", { viewBox: "-5 -5 10 10", "aria-hidden": "true" }, mark(label)), name),
  );

  const captions = ["the image x", "decoded at z", "decoded at μ"];
  const pictures = captions.map((caption) => strip(1, caption));
  const figures = pictures.map(({ el }, i) => h("div", {}, el, captions[i]));
  const path = strip(STOPS, "The walk: pictures decoded on the way from z to the end", 1, 2);
  const [mine, theirs] = ["", "encoder-"].map((whose) => TERMS.map((term) => readout(whose + term)));
  const lead = readout("lead");
  const row = (title, cells) =>
    h("tr", {}, h("th", { scope: "row" }, title), ...cells.map(({ el }) => h("td", {}, el)));
  const heads = ["nats", "E log p(x|z)", "KL", "ELBO"].map((text) => h("th", { scope: "col" }, text));
  const imitate = () => set({ z: inside(card().mu), width: 1 });
  const verdict = h("p", {}, "Your ELBO is ", lead.el, " the encoder’s.");

  root.append(
    h("div", { class: "explorer-controls" }, which.el, shown.el),
    h(
      "div",
      { class: "explorer-planes" },
      h("div", {}, plane.el, h("ul", { class: "explorer-legend" }, ...legend)),
      h(
        "div",
        {},
        h("div", { class: "explorer-triple" }, ...figures),
        h(
          "table",
          { class: "explorer-terms" },
          h("thead", {}, h("tr", {}, ...heads)),
          h("tbody", {}, row("your q", mine), row("encoder’s q", theirs)),
        ),
        verdict,
        width.el,
        h("div", { class: "explorer-buttons" }, button("Take the encoder’s q", imitate)),
      ),
    ),
    h("p", { class: "explorer-title" }, "The walk from z to the end"),
    h("div", { class: "explorer-path" }, path.el),
  );

  const card = () => cards[now.image];
  const above = (where, name) => {
    const [x, y] = plane.pixel(where);
    return plane.text([x, y - 16], name);
  };
  const background = () => {
    tiles ??= painted(picture);
    const [x, y] = plane.pixel([-REACH, REACH]);
    const side = plane.pixel([REACH, -REACH])[0] - x;
    return svg("image", { class: "explorer-pictures", href: tiles, x, y, width: side, height: side });
  };

  return function draw(state) {
    const image = clamped(Math.round(state.image), 0, cards.length - 1);
    const times = clamped(state.width, 2 ** -DOUBLINGS, 2 ** DOUBLINGS);
    const seen = state.plane in PLANES ? state.plane : "images"; // a link may say anything
    now = { ...state, image, width: times, plane: seen, z: inside(state.z), end: inside(state.end) };
    const { x, mu, sigma, name } = card();
    const spread = sigma.map((s) => s * times);
    const [yours, known] = [elbo(decoder, x, now.z, spread), elbo(decoder, x, mu, sigma)];

    which.show(image + 1);
    shown.show(now.plane);
    width.show(Math.log2(times));

    const [[cx, cy], [ex, ey]] = [now.z, now.end].map((p) => plane.pixel(p));
    const [rx, ry] = spread.map((s) => (plane.pixel([2 * s, 0])[0] - plane.pixel([0, 0])[0]));
    plane.show(
      ...(now.plane === "images" ? marks : [background()]),
      svg("line", { class: "way", x1: cx, y1: cy, x2: ex, y2: ey }),
      svg("ellipse", { class: "guess", cx, cy, rx, ry }),
      at(mu, svg("circle", { class: "chosen", r: 8 })),
      ...[["z", now.z], ["end", now.end], ["μ", mu]].map(([name, where]) => above(where, name)),
    );
    z.show(now.z, now.z[0], `${tuple(now.z)}, ELBO ${nats(yours.elbo)} nats`);
    end.show(now.end, now.end[0], tuple(now.end));

    [x, picture(now.z), picture(mu)].forEach((greys, i) => pictures[i].paint([greys]));
    path.paint(walk(now.z, now.end, STOPS).map(picture));

    TERMS.forEach((term, i) => {
      mine[i].show(yours[term], nats);
      theirs[i].show(known[term], nats);
    });
    lead.show(yours.elbo - known.elbo, compared);
    tell(`Image ${image + 1}, ${name}. ${verdict.textContent}`);
  };
}

/** The whole plane, decoded in tiles, as the address of a picture. */
function painted(picture) {
  const canvas = strip(TILES, "", TILES);
  const centre = (k) => ((2 * k + 1) / TILES - 1) * REACH;
  const places = Array.from({ length: TILES ** 2 }, (_, k) => [centre(k % TILES), -centre(Math.floor(k / TILES))]);
  canvas.paint(places.map(picture));
  return canvas.el.toDataURL();
}

export default explorer(["data", "image", "z", "end", "width", "plane"], build);
