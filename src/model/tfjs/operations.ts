/** What a net asks of tensors: products, biases, ReLU and their gradients, on one backend. */

import { type BackendName, tf } from './backend.js';

type Tensor = tf.Tensor;

export interface Operations {
  readonly backend: BackendName;
  product(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  addBias(x: Tensor, bias: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  /** the errors below a ReLU with these outputs */
  reluErrors(errors: Tensor, outputs: Tensor): Tensor;
  sumOfRows(x: Tensor): Tensor;
}

export const cpuOperations: Operations = {
  backend: 'cpu',
  product: (a, b, transposeA, transposeB) => tf.matMul(a, b, transposeA, transposeB),
  addBias: (x, bias) => tf.add(x, bias),
  relu: (x) => tf.relu(x),
  reluErrors: (errors, outputs) => tf.mul(errors, tf.step(outputs)),
  sumOfRows: (x) => tf.sum(x, 0),
};

/** What tfjs-node's own kernels are written with. */
interface NativeBackend {
  readonly binding: { readonly TF_ATTR_TYPE: number; readonly TF_ATTR_BOOL: number; readonly TF_FLOAT: number };
  executeSingleOutput(name: string, attributes: readonly object[], inputs: readonly Tensor[]): Tensor;
}

/**
 * TensorFlow's own operations by name, on the backend that is set. tfjs-node's kernels take several times as long for a batch:
 * its product is TensorFlow's product of batches of matrices, and its gradient of ReLU is two calls.
 */
export function nativeOperations(): Operations {
  const backend = tf.backend() as unknown as NativeBackend;
  const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_FLOAT } = backend.binding;
  const float = { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT };
  const flag = (name: string, value: boolean) => ({ name, type: TF_ATTR_BOOL, value });
  const run = (name: string, ...inputs: Tensor[]): Tensor => backend.executeSingleOutput(name, [float], inputs);
  return {
    backend: 'tensorflow',
    product: (a, b, transposeA = false, transposeB = false) => {
      const attributes = [float, flag('transpose_a', transposeA), flag('transpose_b', transposeB)];
      return backend.executeSingleOutput('MatMul', attributes, [a, b]);
    },
    addBias: (x, bias) => run('BiasAdd', x, bias),
    relu: (x) => run('Relu', x),
    reluErrors: (errors, outputs) => run('ReluGrad', errors, outputs),
    sumOfRows: (x) => run('BiasAddGrad', x),
  };
}
