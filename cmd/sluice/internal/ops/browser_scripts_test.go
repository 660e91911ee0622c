package ops

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"slices"
	"testing"
)

// small writes a picture with the 256 colours that it has most of.
func small(t *testing.T, picture []byte) []byte {
	t.Helper()
	from, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	times := make(map[color.Color]int)
	for y := range from.Bounds().Dy() {
		for x := range from.Bounds().Dx() {
			times[from.At(x, y)]++
		}
	}
	colors := slices.SortedFunc(maps.Keys(times), func(a, b color.Color) int { return cmp.Compare(times[b], times[a]) })
	to := image.NewPaletted(from.Bounds(), colors[:min(256, len(colors))])
	draw.Draw(to, to.Bounds(), from, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, to); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// contrastScript returns every text that stands out less than WCAG 2.2 AA asks
// for: 4.5 to 1, or 3 to 1 from 24 px, in bold from 18.66 px.
const contrastScript = `(() => {
  const parse = c => {
    const m = c.match(/rgba?\(([^)]+)\)/);
    if (!m) throw new Error("colour " + c);
    const v = m[1].split(/[ ,\/]+/).map(Number);
    return [v[0], v[1], v[2], v.length > 3 ? v[3] : 1];
  };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const light = c => {
    const l = [0, 1, 2].map(i => { const s = c[i] / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2];
  };
  const ground = e => {
    const layers = [];
    for (; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const wrong = [];
  let texts = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (!text || ["SCRIPT", "STYLE"].includes(e.tagName) || !e.checkVisibility()) continue;
    texts++;
    const style = getComputedStyle(e), below = ground(e);
    const fore = over(parse(style.color), below);
    const [a, b] = [light(fore), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05), px = parseFloat(style.fontSize);
    const needed = px >= 24 || px >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
    if (ratio < needed) wrong.push(text.slice(0, 30) + ": " + ratio.toFixed(2) + " of " + needed);
    if (px < 12) wrong.push(text.slice(0, 30) + ": " + px + " px");
  }
  if (texts < 40) wrong.push("only " + texts + " texts were looked at");
  return wrong;
})()`

// overflowScript returns every element that stands out of the window or whose
// content stands out of it.
const overflowScript = `(() => {
  const wrong = [], width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) wrong.push("the page is " + document.documentElement.scrollWidth + " wide");
  for (const e of document.body.querySelectorAll("*")) {
    if (!e.checkVisibility() || e.closest("svg, script") || getComputedStyle(e).position === "absolute" || e.closest("thead")) continue;
    const box = e.getBoundingClientRect(), name = e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 20);
    if (box.right > width + 0.5 || box.left < -0.5) wrong.push(name + " from " + box.left + " to " + box.right);
    if (getComputedStyle(e).display !== "inline" && e.scrollWidth > e.clientWidth + 1) wrong.push(name + " holds " + e.scrollWidth + " in " + e.clientWidth);
  }
  return wrong;
})()`
