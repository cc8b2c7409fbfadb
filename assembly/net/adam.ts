/** Adam (Kingma and Ba 2015) as tfjs computes it: m̂ and v̂ unbiased, step −rate·m̂/(sqrt(v̂) + 1e-7). */

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-7;

/**
 * Parameters `from`..`to` (multiples of 4): adds the gradients of all shares in their order, steps, and updates the average.
 * @param correct1,correct2 1/(1 − β^step)
 * @param averageShare how much of the new value enters the average; 0 = none is kept
 */
export function adam(
  parameters: usize,
  m: usize,
  v: usize,
  average: usize,
  gradients: usize,
  gradientBytes: usize,
  shares: i32,
  from: i32,
  to: i32,
  rate: f32,
  correct1: f32,
  correct2: f32,
  averageShare: f32,
): void {
  const b1 = f32x4.splat(BETA_1);
  const b2 = f32x4.splat(BETA_2);
  const c1 = f32x4.splat(1 - BETA_1);
  const c2 = f32x4.splat(1 - BETA_2);
  const step = f32x4.splat(rate * correct1);
  const unbias = f32x4.splat(correct2);
  const epsilon = f32x4.splat(EPSILON);
  const share = f32x4.splat(averageShare);
  const end = <usize>to * 4;
  for (let at = <usize>from * 4; at < end; at += 16) {
    let g = v128.load(gradients + at);
    let other = gradients + at;
    for (let t = 1; t < shares; t++) {
      other += gradientBytes;
      g = f32x4.add(g, v128.load(other));
    }
    const m1 = f32x4.add(f32x4.mul(b1, v128.load(m + at)), f32x4.mul(c1, g));
    const v1 = f32x4.add(f32x4.mul(b2, v128.load(v + at)), f32x4.mul(c2, f32x4.mul(g, g)));
    v128.store(m + at, m1);
    v128.store(v + at, v1);
    const down = f32x4.add(f32x4.sqrt(f32x4.mul(v1, unbias)), epsilon);
    const w = f32x4.sub(v128.load(parameters + at), f32x4.div(f32x4.mul(m1, step), down));
    v128.store(parameters + at, w);
    if (averageShare !== 0) {
      const a = v128.load(average + at);
      v128.store(average + at, f32x4.add(a, f32x4.mul(share, f32x4.sub(w, a))));
    }
  }
}
