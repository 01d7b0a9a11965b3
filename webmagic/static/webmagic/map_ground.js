/* What lies under the map where no tile server is set: land and borders, drawn on a canvas in the page's colours,
   and the names of the towns in sight. map.js says when a map is there; its data then has
   {ground: {world: address of world.json, names: address that names the towns of a rectangle, attribution: [html]}}.

   world.json is made by scripts/make_map_data.py, which says how its numbers are meant. */
(() => {
  "use strict";
  const SETTLED = 150; // milliseconds without a move before names are asked for
  const GAP = 6; // pixels between two names
  const DOT = 8; // pixels from a town's point to its name
  const LINE = 18; // pixels, the height of a name

  /* The rings of every country as [[lat, lon], ...]; arcs are shared by neighbours, and run backwards in one. */
  function shapesOf({ steps, arcs, countries }) {
    const lines = arcs.map((numbers) => {
      let x = 0;
      let y = 0;
      const line = [];
      for (let at = 0; at < numbers.length; at += 2) {
        x += numbers[at];
        y += numbers[at + 1];
        line.push([y / steps, x / steps]);
      }
      return line;
    });
    const line = (arc) => (arc < 0 ? lines[~arc].toReversed() : lines[arc]);
    const ring = (parts) => parts.reduce((points, arc) => {
      const next = line(arc);
      const shift = points.length ? turns(points.at(-1)[1] - next[0][1]) : 0;
      return points.concat(next.map(([lat, lon]) => [lat, lon + shift]));
    }, []);
    return countries.map((polygons) => polygons.flatMap((rings) => onBothSides(rings.map(ring))));
  }

  const turns = (apart) => Math.round(apart / 360) * 360;

  /* A polygon that reaches across the 180th meridian is drawn at both edges of the map. */
  function onBothSides(rings) {
    const lons = rings[0].map(([, lon]) => lon);
    const away = Math.max(...lons) > 180 ? -360 : Math.min(...lons) < -180 ? 360 : 0;
    return away ? [rings, rings.map((ring) => ring.map(([lat, lon]) => [lat, lon + away]))] : [rings];
  }

  function colours(box) {
    const style = getComputedStyle(box);
    return { color: style.getPropertyValue("--map-border").trim(), fillColor: style.getPropertyValue("--map-land").trim() };
  }

  async function drawLand(map, box, address) {
    const answer = await fetch(address);
    if (!answer.ok) return; // the grid of degrees is there all the same
    const shapes = shapesOf(await answer.json());
    map.createPane("ground").style.zIndex = 150;
    const renderer = L.canvas({ pane: "ground", padding: 0.25 });
    const land = L.featureGroup(shapes.map((shape) => L.polygon(shape, {
      renderer, pane: "ground", interactive: false, weight: 1, fillOpacity: 1, ...colours(box),
    }))).addTo(map);
    box.dataset.ground = "drawn";
    const changed = () => land.setStyle(colours(box));
    new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ["class", "data-theme"] });
  }

  /* Where the buttons and the attribution stand: [left, top, right, bottom] of each in pixels of the map. */
  function controlsOf(map) {
    const { left, top } = map.getContainer().getBoundingClientRect();
    return [...map.getContainer().querySelectorAll(".leaflet-control")].map((control) => {
      const box = control.getBoundingClientRect();
      return [box.left - left, box.top - top, box.right - left, box.bottom - top];
    });
  }

  function nameTowns(map, address) {
    const pane = map.createPane("names");
    pane.setAttribute("aria-hidden", "true"); // the search says them, and where they are
    const layer = L.layerGroup().addTo(map);
    const ruler = document.createElement("canvas").getContext("2d");
    let waiting = 0;
    let asked = null;

    function draw(towns) {
      layer.clearLayers();
      ruler.font = `500 12px ${getComputedStyle(map.getContainer()).fontFamily}`;
      const size = map.getSize();
      const taken = controlsOf(map);
      for (const { name, at } of towns) {
        const { x, y } = map.latLngToContainerPoint(at);
        const box = [x - DOT, y - LINE / 2, x + DOT + ruler.measureText(name).width + GAP, y + LINE / 2];
        const isFree = taken.every((b) => box[2] < b[0] || b[2] < box[0] || box[3] < b[1] || b[3] < box[1]);
        if (!isFree || box[0] < 0 || box[1] < 0 || box[2] > size.x || box[3] > size.y) continue;
        taken.push(box);
        const words = document.createElement("span");
        words.textContent = name;
        const icon = L.divIcon({ html: words, className: "map-town", iconSize: null });
        L.marker(at, { icon, pane: "names", interactive: false, keyboard: false }).addTo(layer);
      }
    }

    async function ask() {
      asked?.abort();
      asked = new AbortController();
      const seen = map.getBounds();
      const query = new URLSearchParams({
        south: seen.getSouth(), west: seen.getWest(), north: seen.getNorth(), east: seen.getEast(),
      });
      try {
        const answer = await fetch(`${address}?${query}`, { signal: asked.signal });
        if (answer.ok) draw((await answer.json()).names);
      } catch {
        return; // a newer question is under way, or the server is gone: the map stays as it is
      }
    }

    map.on("moveend", () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, SETTLED);
    });
    ask();
  }

  addEventListener("map:ready", ({ target, detail: { map, data } }) => {
    if (!data.ground) return;
    for (const words of data.ground.attribution) map.attributionControl.addAttribution(words);
    drawLand(map, target, data.ground.world);
    nameTowns(map, data.ground.names);
  });
})();
