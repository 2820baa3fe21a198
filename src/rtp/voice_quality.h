#pragma once

#include "base/time.h"

// How good a line is, as a listener would say: the E-model of ITU-T G.107 in its common short form. An estimate from
// loss and delay alone; it hears no noise and no echo.
namespace parley {

// 1 (bad) to 4.4 (as good as a telephone gets). `loss`: the part of the packets that did not come in time, 0 to 1;
// `delay`: from mouth to ear, one way. For G.711 with concealment (G.113 appendix I); other codecs are taken as if they
// were it.
[[nodiscard]] double mean_opinion_score(double loss, Duration delay);

} // namespace parley
