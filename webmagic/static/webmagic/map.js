/* A map of rectangles and points, drawn from a JSON element of the page, over tiles or a grid of degrees. Everything
   it shows stands in the page as text too. "map:ready" tells map_ground.js and map_search.js of it, where a page has
   them.

   <div data-map="ID"> with <script id="ID" type="application/json">:
   {bounds: [south, west, north, east], tiles: {url, attribution} or null,
    cells: [{bounds, state, label, text}], points: [{at: [lat, lon], label}], frames: [{bounds, label}],
    fields: {south: "element id", west, north, east} where a rectangle may be drawn} */
(() => {
  "use strict";
  const STEPS = [45, 30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
  const LINES = 8; // about as many lines of the grid across the map
  const IN_TAB_ORDER = 200; // cells; beyond, the list beside the map is the way by keyboard
  const EDGE = 24; // pixels at the bottom, where the words of the meridians stand
  const PAUSE = 300; // ms without a change, before the server is asked
  const PLACES = 5; // decimals of a degree, about a metre
  const SIDES = ["south", "west", "north", "east"];

  const corners = ([south, west, north, east]) => [[south, west], [north, east]];

  function said(label, text) {
    const box = document.createElement("div");
    const title = document.createElement("strong");
    title.textContent = label;
    box.append(title);
    for (const line of text || []) {
      const paragraph = document.createElement("span");
      paragraph.textContent = line;
      box.append(paragraph);
    }
    return box;
  }

  function drawGrid(map, layer) {
    layer.clearLayers();
    const seen = map.getBounds();
    const step = STEPS.findLast((each) => (seen.getEast() - seen.getWest()) / each <= LINES) || STEPS[0];
    const places = Math.max(0, Math.ceil(-Math.log10(step)));
    const put = (path, at, degrees, css) => {
      L.polyline(path, { className: "map-line", interactive: false }).addTo(layer);
      if (map.latLngToContainerPoint(at).y > map.getSize().y - EDGE && css === "map-degree-lat") return;
      const words = document.createElement("span");
      words.textContent = `${degrees.toFixed(places)}°`;
      const icon = L.divIcon({ html: words, className: `map-degree ${css}`, iconSize: null });
      L.marker(at, { icon, interactive: false, keyboard: false }).addTo(layer);
    };
    const south = Math.max(seen.getSouth(), -85);
    const north = Math.min(seen.getNorth(), 85);
    for (let lon = Math.ceil(seen.getWest() / step) * step; lon < seen.getEast(); lon += step) {
      put([[south, lon], [north, lon]], [south, lon], lon, "map-degree-lon");
    }
    for (let lat = Math.ceil(south / step) * step; lat < north; lat += step) {
      put([[lat, seen.getWest()], [lat, seen.getEast()]], [lat, seen.getWest()], lat, "map-degree-lat");
    }
  }

  function drawCells(map, cells) {
    cells.forEach((cell, index) => {
      const shape = L.rectangle(corners(cell.bounds), { className: `map-cell map-${cell.state}` }).addTo(map);
      shape.bindPopup(said(cell.label, cell.text));
      const path = shape.getElement();
      path.setAttribute("role", "button");
      path.setAttribute("aria-label", [cell.label, ...cell.text].join(", "));
      if (index >= IN_TAB_ORDER) return;
      path.setAttribute("tabindex", "0");
      path.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        shape.openPopup();
      });
    });
  }

  /* A rectangle that is drawn by pointer or typed into its four fields; either changes the other. */
  function letDraw(map, box, fields) {
    const inputs = SIDES.map((side) => document.getElementById(fields[side]));
    const button = box.parentElement.querySelector("[data-map-draw]");
    const shape = L.rectangle([[0, 0], [0, 0]], { className: "map-drawn", interactive: false });
    let from = null;

    function typed() {
      const [south, west, north, east] = inputs.map((input) => (input.value.trim() ? Number(input.value) : NaN));
      const fits = south >= -90 && south < north && north <= 90 && west >= -180 && west < east && east <= 180;
      if (!fits) {
        shape.remove();
        return;
      }
      shape.setBounds([[south, west], [north, east]]).addTo(map);
      if (!from && !map.getBounds().contains(shape.getBounds())) map.fitBounds(shape.getBounds().pad(0.5));
    }

    function write(bounds) {
      const sides = [bounds.getSouth(), bounds.getWest(), bounds.getNorth(), bounds.getEast()];
      inputs.forEach((input, index) => {
        input.value = sides[index].toFixed(PLACES);
      });
    }

    function setDrawing(on) {
      button.setAttribute("aria-pressed", String(on));
      box.classList.toggle("map-drawing", on);
      map.dragging[on ? "disable" : "enable"]();
    }

    button.hidden = false;
    button.addEventListener("click", () => setDrawing(button.getAttribute("aria-pressed") !== "true"));
    box.addEventListener("pointerdown", (event) => {
      if (!box.classList.contains("map-drawing") || event.target.closest(".leaflet-control")) return;
      from = map.mouseEventToLatLng(event);
      box.setPointerCapture(event.pointerId);
    });
    box.addEventListener("pointermove", (event) => {
      if (!from) return;
      const bounds = L.latLngBounds(from, map.mouseEventToLatLng(event));
      write(bounds);
      inputs[0].dispatchEvent(new Event("input", { bubbles: true }));
    });
    const stop = () => {
      if (!from) return;
      from = null;
      setDrawing(false);
    };
    box.addEventListener("pointerup", stop);
    box.addEventListener("pointercancel", stop);
    for (const input of inputs) input.addEventListener("input", typed);
    typed();
  }

  /* What a rectangle would take, asked whenever it or the source changes; the same is said without scripts. Until the
     answer is there, nothing is said of what was there before. */
  function estimate(form, output) {
    const names = [...SIDES, "source", "expected"];
    let asked = 0;
    let soon = 0;
    const ask = async () => {
      const mine = ++asked;
      const query = new URLSearchParams();
      for (const name of names) query.set(name, form.elements[name]?.value || "");
      try {
        const answer = await fetch(`${output.dataset.estimate}?${query}`, { headers: { Accept: "application/json" } });
        const said = await answer.json();
        if (mine === asked) output.textContent = said.text;
      } catch {
        if (mine === asked) output.textContent = output.dataset.failed;
      }
    };
    form.addEventListener("input", (event) => {
      if (!names.includes(event.target.name)) return;
      output.textContent = output.dataset.counting;
      asked++; // what is on its way is of the old area
      clearTimeout(soon);
      soon = setTimeout(ask, PAUSE);
    });
    if (form.elements.south?.value) ask();
  }

  /* The map ends where the world does, and is never smaller. */
  function stayOnEarth(map) {
    const earth = L.latLngBounds(corners([-85, -180, 85, 180]));
    const limit = () => map.setMinZoom(map.getBoundsZoom(earth, true));
    map.on("resize", limit);
    map.setMaxBounds(earth);
    limit();
  }

  function start(box) {
    const data = JSON.parse(document.getElementById(box.dataset.map).textContent);
    box.hidden = false;
    const map = L.map(box, {
      attributionControl: Boolean(data.tiles || data.ground), zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false,
      zoomSnap: 0.25, scrollWheelZoom: false, worldCopyJump: false, maxBoundsViscosity: 1,
    });
    map.attributionControl?.setPrefix("Leaflet");
    map.fitBounds(corners(data.bounds), { padding: [8, 8] });
    stayOnEarth(map);
    if (data.tiles) L.tileLayer(data.tiles.url, { attribution: data.tiles.attribution, maxZoom: 19 }).addTo(map);
    const grid = L.layerGroup().addTo(map);
    map.on("moveend", () => drawGrid(map, grid));
    drawGrid(map, grid);
    for (const frame of data.frames || []) {
      L.rectangle(corners(frame.bounds), { className: "map-frame" }).bindPopup(said(frame.label)).addTo(map);
    }
    drawCells(map, data.cells || []);
    for (const point of data.points || []) {
      L.circleMarker(point.at, { radius: 8, className: "map-point" }).bindPopup(said(point.label)).addTo(map);
    }
    if (data.fields) letDraw(map, box, data.fields);
    box.dispatchEvent(new CustomEvent("map:ready", { bubbles: true, detail: { map, data } }));
  }

  addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("[data-map]")) start(box);
    const output = document.querySelector("[data-estimate]");
    const field = document.querySelector("[name=south]");
    if (output && field) estimate(field.form, output);
  });
})();
