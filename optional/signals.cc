// TensorFlow's matrix products (oneDNN's sgemm) use the stack in a way that a signal handler's frame destroys: with AVX-512 every
// run of a few seconds under signals ended in "corrupted size vs. prev_size", and Ctrl+C is a signal. So signals wait while
// TensorFlow works, on this thread and on those that it starts. Linked with --wrap, in front of the library's two functions.
#include <pthread.h>
#include <signal.h>

#include "tensorflow/c/eager/c_api.h"

namespace {

class SignalsWait {
 public:
  SignalsWait() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

extern "C" {

void __real_TFE_Execute(TFE_Op* op, TFE_TensorHandle** results, int* count, TF_Status* status);
TFE_Context* __real_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status);

void __wrap_TFE_Execute(TFE_Op* op, TFE_TensorHandle** results, int* count, TF_Status* status) {
  SignalsWait wait;
  __real_TFE_Execute(op, results, count, status);
}

TFE_Context* __wrap_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status) {
  SignalsWait wait;
  return __real_TFE_NewContext(options, status);
}

}
