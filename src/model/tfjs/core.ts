/**
 * tfjs without what it and TensorFlow's library say unasked: tfjs-node and danfojs-node bring a tfjs of their own, which warns of
 * each kernel that is there already. So this comes first, whatever is loaded after it.
 */

import * as tf from '@tensorflow/tfjs-core';

tf.enableProdMode();
// no word about the processor on standard error
process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
// without oneDNN's operations a batch is a tenth faster
process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';

export { tf };
