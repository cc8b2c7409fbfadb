/** The one place that knows the tfjs packages. Importing it registers the pure JavaScript backend. */

import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

export { layers, tf };

/** Makes `name` the backend of every tfjs operation of this process. */
export async function useBackend(name: 'cpu' | 'tensorflow'): Promise<void> {
  tf.enableProdMode();
  if (!(await tf.setBackend(name))) throw new Error(`tfjs backend ${name} does not start`);
  await tf.ready();
}
