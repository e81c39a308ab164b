// Rust's standard library takes random numbers from bcryptprimitives.dll, which Wine has only from version 9 on. With this
// beside the binary, scripts/dist.sh can try it under Debian's Wine 8. No release contains it.

#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
  return SystemFunction036(data, (ULONG)length);
}
