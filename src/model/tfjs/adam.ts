/**
 * Adam (Kingma and Ba 2015) as tf.train.adam computes it, over all parameters at once. tfjs runs 14 operations on each variable,
 * more than half of all operations of a step.
 */

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-7;

export class Adam {
  constructor(
    readonly m: Float32Array,
    readonly v: Float32Array,
    public step = 0,
  ) {}

  /** One step of `parameters` against `gradient`, in place. */
  apply(parameters: Float32Array, gradient: Float32Array, rate: number): void {
    const { m, v } = this;
    this.step++;
    const unbias1 = 1 / (1 - BETA1 ** this.step);
    const unbias2 = 1 / (1 - BETA2 ** this.step);
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i];
      const first = BETA1 * m[i] + (1 - BETA1) * g;
      const second = BETA2 * v[i] + (1 - BETA2) * g * g;
      m[i] = first;
      v[i] = second;
      parameters[i] -= (rate * first * unbias1) / (Math.sqrt(second * unbias2) + EPSILON);
    }
  }
}
