/* "Go to" above a map that is drawn on: suggestions as one types, by pointer or keyboard (a combobox with a list).
   A chosen town moves the map there and proposes a rectangle of its size; a region or country only moves it.
   Nothing of the form changes before the rectangle is taken, but for an empty country.

   <div data-map-search="ADDRESS" data-none=".." data-found=".." data-failed=".."> with an input, a list, a status,
   and beside it <div data-map-proposal data-text=".. %(name)s .. %(side)s" data-gone=".."> with its three buttons. */
(() => {
  "use strict";
  const TYPED = 120; // milliseconds of rest before the server is asked
  const SHORTEST = 2; // letters
  const STEP = 1.25; // of one press of larger or smaller
  const PLACES = 5; // decimals of a degree, about a metre
  const SIDES = ["south", "west", "north", "east"];

  const corners = ([south, west, north, east]) => [[south, west], [north, east]];
  const filled = (words, values) => words.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

  function option(place, id) {
    const item = document.createElement("li");
    item.id = id;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    for (const [tag, words] of [["strong", place.name], ["span", place.where], ["small", place.people]]) {
      if (!words) continue;
      const part = document.createElement(tag);
      part.textContent = words;
      item.append(part, " ");
    }
    return item;
  }

  /* The list under the field; calls back with the place that is chosen. */
  function suggest(search, choose) {
    const input = search.querySelector("input");
    const list = search.querySelector("[role=listbox]");
    const status = search.querySelector("[role=status]");
    const typed = () => input.value.trim();
    let places = []; // in the list
    let answered = ""; // the words that they were found for
    let active = -1;
    let waiting = 0;
    let asked = 0;

    function close() {
      asked += 1; // an answer that is still to come opens nothing
      clearTimeout(waiting);
      show([], "");
    }

    function mark(index) {
      active = index;
      [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
      if (index < 0) {
        input.removeAttribute("aria-activedescendant");
        return;
      }
      input.setAttribute("aria-activedescendant", list.children[index].id);
      list.children[index].scrollIntoView({ block: "nearest" });
    }

    function show(found, words) {
      places = found;
      answered = words;
      list.replaceChildren(...places.map((place, index) => option(place, `${list.id}-${index}`)));
      mark(-1);
      list.hidden = !places.length;
      input.setAttribute("aria-expanded", String(places.length > 0));
    }

    async function ask() {
      clearTimeout(waiting);
      const mine = ++asked;
      const words = typed();
      if (words.length < SHORTEST) {
        close();
        status.textContent = "";
        return;
      }
      try {
        const answer = await fetch(`${search.dataset.mapSearch}?${new URLSearchParams({ q: words })}`);
        const found = (await answer.json()).places;
        if (mine !== asked) return;
        show(found, words);
        const { found: some, none } = search.dataset;
        status.textContent = found.length ? filled(some, { count: found.length }) : none;
      } catch {
        if (mine !== asked) return;
        close();
        status.textContent = search.dataset.failed;
      }
    }

    function take(index) {
      const place = places[index];
      if (!place) return;
      input.value = [place.name, place.where].filter(Boolean).join(", ");
      close();
      status.textContent = "";
      choose(place);
    }

    const keys = {
      // Who types a whole name and presses Enter need not wait for the list.
      Enter: async () => {
        if (answered !== typed()) await ask();
        if (answered === typed()) take(Math.max(active, 0));
      },
      ArrowDown: () => (list.hidden ? ask() : mark((active + 1) % places.length)),
      ArrowUp: () => { if (!list.hidden) mark((active <= 0 ? places.length : active) - 1); },
      Escape: () => (list.hidden ? (input.value = "") : close()),
    };
    input.addEventListener("keydown", (event) => {
      if (!keys[event.key] || event.isComposing) return;
      event.preventDefault();
      keys[event.key]();
    });
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, TYPED);
    });
    input.addEventListener("blur", close);
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => {
      take([...list.children].indexOf(event.target.closest("[role=option]")));
    });
  }

  /* A rectangle that is offered and not yet in the form: taken, made larger or smaller, or drawn over. */
  function proposing(map, bar, inputs) {
    const shape = L.rectangle([[0, 0], [0, 0]], { className: "map-proposed", interactive: false });
    const [text] = bar.getElementsByTagName("p");
    let place = null;

    function drop() {
      place = null;
      bar.hidden = true;
      shape.remove();
    }

    function show(bounds, side) {
      shape.setBounds(bounds).addTo(map);
      const said = side.toLocaleString(document.documentElement.lang || undefined, { maximumSignificantDigits: 2 });
      text.textContent = filled(bar.dataset.text, { name: place.name, side: said });
    }

    function offer(next) {
      place = { ...next };
      bar.hidden = false;
      show(corners(place.bounds), place.side);
      map.fitBounds(shape.getBounds().pad(0.4));
    }

    function resize(factor) {
      const [[south, west], [north, east]] = corners(place.bounds);
      const [lat, lng] = [(south + north) / 2, (west + east) / 2];
      const [high, wide] = [((north - south) / 2) * factor, ((east - west) / 2) * factor];
      if (high > 45) return;
      place.bounds = [Math.max(lat - high, -90), Math.max(lng - wide, -180), Math.min(lat + high, 90), Math.min(lng + wide, 180)];
      place.side *= factor;
      show(corners(place.bounds), place.side);
      if (!map.getBounds().contains(shape.getBounds())) map.fitBounds(shape.getBounds().pad(0.4));
    }

    function take() {
      const bounds = shape.getBounds();
      const sides = [bounds.getSouth(), bounds.getWest(), bounds.getNorth(), bounds.getEast()];
      drop();
      inputs.forEach((input, index) => { input.value = sides[index].toFixed(PLACES); });
      inputs[0].dispatchEvent(new Event("input", { bubbles: true }));
      inputs[0].dispatchEvent(new Event("change", { bubbles: true }));
    }

    bar.querySelector("[data-take]").addEventListener("click", take);
    bar.querySelector("[data-larger]").addEventListener("click", () => resize(STEP));
    bar.querySelector("[data-smaller]").addEventListener("click", () => resize(1 / STEP));
    for (const input of inputs) for (const kind of ["input", "change"]) input.addEventListener(kind, drop);
    return { drop, offer };
  }

  addEventListener("map:ready", ({ target, detail: { map, data } }) => {
    const card = target.parentElement;
    const search = card.querySelector("[data-map-search]");
    if (!search) return;
    const inputs = SIDES.map((side) => document.getElementById(data.fields[side]));
    const country = inputs[0].form.elements.country;
    const proposal = proposing(map, card.querySelector("[data-map-proposal]"), inputs);
    let ours = ""; // the country that we filled in ourselves, which the next place may replace
    map.attributionControl.addAttribution(data.search_attribution);
    suggest(search, (place) => {
      if (country && country.value === ours) {
        country.value = ours = place.country;
        country.dispatchEvent(new Event("change", { bubbles: true }));
      }
      if (place.side) {
        proposal.offer(place);
        return;
      }
      proposal.drop();
      map.fitBounds(corners(place.bounds));
    });
    search.hidden = false;
  });
})();
