// One measured speed rescales a machine.
#include "machine/calibrate.h"

#include <boost/test/unit_test.hpp>

using namespace ggufit;

BOOST_AUTO_TEST_CASE(a_calibration_is_measured_over_predicted) {
    BOOST_TEST(calibrated(Machine{}, 50, 40)->calibration.decode == 0.8);
    BOOST_TEST(calibrated(Machine{}, 50, 60)->calibration.decode == 1.2);
    BOOST_TEST(calibrated(Machine{}, 50, 40)->calibration.prompt == 1.0);
}

BOOST_AUTO_TEST_CASE(a_second_measurement_replaces_the_first) {
    Machine machine;
    machine.calibration.decode = 0.8;  // with which 40 are predicted of 50
    BOOST_TEST(calibrated(machine, 40, 45)->calibration.decode == 0.9);
}

BOOST_AUTO_TEST_CASE(what_nobody_measured_is_refused) {
    BOOST_TEST(!calibrated(Machine{}, 50, 1).ok());
    BOOST_TEST(!calibrated(Machine{}, 50, 5000).ok());
    BOOST_TEST(!calibrated(Machine{}, 0, 50).ok());
    for (const char * text : {"", "fast", "0", "-5", "nan", "inf", "1e300", "42.5 t/s", "0x10"}) {
        BOOST_TEST(!parseMeasured(text).ok(), text);
    }
    BOOST_TEST(parseMeasured("42.5").value() == 42.5);
}
