// A machine in a planning link: cards of the table by name, and what differs from them.
#pragma once

#include "link/coder.h"
#include "machine/machine.h"

namespace ggufit {

/// Writes or reads a machine. What is read has still to be checked, as a machine file would be.
template <typename Coder>
void codeMachine(Coder & coder, Texts & texts, Machine & machine);

}  // namespace ggufit
