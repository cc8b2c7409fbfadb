/** What stands at an address of the table that the caller wrote. */

// @inline
export function int(address: usize): i32 {
  return load<i32>(address);
}

// @inline
export function pointer(address: usize): usize {
  return <usize>load<u32>(address);
}
