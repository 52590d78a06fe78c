#pragma once

/* Hides from the compiler what it knows of a variable, so that it does not drop a bound that it can
 * prove but that the kernel's verifier has to see. */
#define keep(v) asm volatile("" : "+r"(v))
