// A result is a value or one error with a sentence, a name and an exit code.
#include "base/result.h"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <utility>

namespace {

using namespace ggufit;

BOOST_AUTO_TEST_SUITE(result)

BOOST_AUTO_TEST_CASE(a_result_holds_a_value_or_an_error) {
    const Result<int> value = 7;
    const Result<int> error = Error{ErrorCode::input, "model.gguf", "is damaged", 12, 0};
    BOOST_TEST(value.ok());
    BOOST_TEST(*value == 7);
    BOOST_TEST(!error.ok());
    BOOST_TEST(!static_cast<bool>(error));
    BOOST_TEST(error.error().offset == 12);
}

BOOST_AUTO_TEST_CASE(a_result_takes_values_that_only_move) {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
    const std::unique_ptr<int> taken = std::move(result.value());
    BOOST_TEST(*taken == 3);
}

BOOST_AUTO_TEST_CASE(the_text_of_an_error_begins_with_where_it_is) {
    const Error placed{ErrorCode::input, "model.gguf", "it is damaged", 0, 0};
    const Error general{ErrorCode::usage, "", "no model was given", 0, 0};
    BOOST_TEST(placed.text() == "model.gguf: it is damaged");
    BOOST_TEST(general.text() == "no model was given");
}

BOOST_AUTO_TEST_CASE(every_code_has_its_exit_code_and_name) {
    using enum ErrorCode;
    BOOST_TEST(exitCode(usage) == 2);
    BOOST_TEST(exitCode(input) == 3);
    BOOST_TEST(exitCode(truncated) == 3);
    BOOST_TEST(exitCode(unfinished) == 3);
    BOOST_TEST(exitCode(unsupported) == 4);
    BOOST_TEST(errorCodeName(usage) == "usage");
    BOOST_TEST(errorCodeName(input) == "input");
    BOOST_TEST(errorCodeName(truncated) == "truncated");
    BOOST_TEST(errorCodeName(unfinished) == "unfinished");
    BOOST_TEST(errorCodeName(unsupported) == "unsupported");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
