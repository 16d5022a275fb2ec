// Dragging with mouse, pen or finger alike: begins after a short way (or a long press of a finger), Esc gives up.

const WAY = 6, LONG_PRESS = 350;

/** @param {PointerEvent} down @param {{start: () => void, over: (x: number, y: number) => void, drop: (x: number, y: number) => void,
 *   end: () => void}} does `end` is called after a drag however it ended */
export function follow(down, does) {
  let dragging = false;
  const finger = down.pointerType === "touch";
  const timer = finger ? setTimeout(begin, LONG_PRESS) : 0;
  const controller = new AbortController(), { signal } = controller;
  addEventListener("pointermove", moved, { signal });
  addEventListener("pointerup", released, { signal });
  addEventListener("pointercancel", finish, { signal });
  addEventListener("keydown", (event) => event.key === "Escape" && finish(), { signal });
  addEventListener("touchmove", (event) => dragging && event.preventDefault(), { signal, passive: false });

  function begin() {
    dragging = true;
    does.start();
  }

  function moved(event) {
    if (event.pointerId !== down.pointerId) return;
    const far = Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > WAY;
    if (!dragging && far && finger) return finish();
    if (!dragging && far) begin();
    if (dragging) does.over(event.clientX, event.clientY);
  }

  function released(event) {
    if (dragging) {
      does.drop(event.clientX, event.clientY);
      addEventListener("click", swallow, true);
      setTimeout(() => removeEventListener("click", swallow, true), 0);
    }
    finish();
  }

  function finish() {
    clearTimeout(timer);
    controller.abort();
    if (dragging) does.end();
    dragging = false;
  }
}

/** The click that ends a drag is not a click. */
const swallow = (event) => event.stopPropagation();
