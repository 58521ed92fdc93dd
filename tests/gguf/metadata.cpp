// Metadata of every type comes out of every version and byte order as it went in.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "gguf/read.h"
#include "support/gguf_builder.h"

namespace {

using namespace ggufit;
using namespace ggufit::test;

struct Form {
    uint32_t version;
    bool big_endian;
};
constexpr Form kForms[] = {{1, false}, {2, false}, {3, false}, {1, true}, {2, true}, {3, true}};

/// Reads what `describe` says in each version and byte order and gives it to `check`.
template <typename Describe, typename Check>
void inEveryForm(Describe describe, Check check) {
    for (const auto & form : kForms) {
        BOOST_TEST_CONTEXT("version " << form.version << (form.big_endian ? " big endian" : " little endian")) {
            GgufBuilder builder;
            builder.version(form.version).bigEndian(form.big_endian);
            describe(builder);
            const auto file = readHeader(builder.build(), builder.fileBytes(), "a.gguf");
            BOOST_REQUIRE_MESSAGE(file.ok(), (file.ok() ? "" : file.error().text()));
            BOOST_TEST(file->shards.front().version == form.version);
            BOOST_TEST(file->shards.front().big_endian == form.big_endian);
            check(*file);
        }
    }
}

const Value & value(const File & file, std::string_view key) {
    const Value * found = file.find(key);
    BOOST_REQUIRE_MESSAGE(found != nullptr, "no key " << key);
    return *found;
}

BOOST_AUTO_TEST_SUITE(metadata)

BOOST_AUTO_TEST_CASE(unsigned_numbers_of_every_width_are_read) {
    inEveryForm(
        [](GgufBuilder & b) {
            b.u8("a", 0xfe).u16("b", 0xfedc).u32("c", 0xfedcba98).u64("d", 0xfedcba9876543210).u32("e", 1);
        },
        [](const File & file) {
            BOOST_TEST(value(file, "a").asUnsigned().value() == 0xfe);
            BOOST_TEST(value(file, "b").asUnsigned().value() == 0xfedc);
            BOOST_TEST(value(file, "c").asUnsigned().value() == 0xfedcba98);
            BOOST_TEST(value(file, "d").asUnsigned().value() == 0xfedcba9876543210);
            BOOST_TEST(value(file, "e").asNumber().value() == 1.0);
            BOOST_TEST(valueTypeName(value(file, "d").type) == "u64");
        });
}

BOOST_AUTO_TEST_CASE(signed_numbers_of_every_width_are_read) {
    inEveryForm(
        [](GgufBuilder & b) { b.i8("a", -2).i16("b", -300).i32("c", -70000).i64("d", -5000000000).i32("e", 7); },
        [](const File & file) {
            BOOST_TEST(value(file, "a").asNumber().value() == -2.0);
            BOOST_TEST(value(file, "b").asNumber().value() == -300.0);
            BOOST_TEST(value(file, "c").asNumber().value() == -70000.0);
            BOOST_TEST(value(file, "d").asNumber().value() == -5e9);
            BOOST_TEST(value(file, "e").asUnsigned().value() == 7);
            BOOST_TEST(!value(file, "a").asUnsigned().has_value());
        });
}

BOOST_AUTO_TEST_CASE(floats_booleans_and_text_are_read) {
    inEveryForm(
        [](GgufBuilder & b) {
            b.f32("a", 0.5f)
                .f64("b", -1e300)
                .boolean("c", true)
                .boolean("d", false)
                .string("e", "qwen3")
                .string("f", "");
        },
        [](const File & file) {
            BOOST_TEST(value(file, "a").asNumber().value() == 0.5);
            BOOST_TEST(value(file, "b").asNumber().value() == -1e300);
            BOOST_TEST(value(file, "c").asBool().value() == true);
            BOOST_TEST(value(file, "c").asUnsigned().value() == 1);
            BOOST_TEST(value(file, "d").asBool().value() == false);
            BOOST_TEST(*value(file, "e").asString() == "qwen3");
            BOOST_TEST(*value(file, "f").asString() == "");
        });
}

BOOST_AUTO_TEST_CASE(a_value_is_not_taken_for_another_type) {
    inEveryForm(
        [](GgufBuilder & b) { b.f32("float", 2.0f).string("text", "2").u32("number", 2).boolean("truth", true); },
        [](const File & file) {
            BOOST_TEST(!value(file, "float").asUnsigned().has_value());
            BOOST_TEST(!value(file, "text").asNumber().has_value());
            BOOST_TEST(!value(file, "number").asBool().has_value());
            BOOST_TEST(!value(file, "truth").asNumber().has_value());
            BOOST_TEST(value(file, "number").asString() == nullptr);
            BOOST_TEST(value(file, "number").asArray() == nullptr);
            BOOST_TEST(file.find("nothing") == nullptr);
        });
}

template <typename T, typename Kept>
void arraysOf(ValueType type, const std::vector<T> & values) {
    BOOST_TEST_CONTEXT(valueTypeName(type)) {
        inEveryForm([&](GgufBuilder & b) { b.array("list", values).u32("after", 1); },
                    [&](const File & file) {
                        const Array * array = value(file, "list").asArray();
                        BOOST_REQUIRE(array != nullptr);
                        BOOST_TEST(static_cast<uint32_t>(array->element_type) == static_cast<uint32_t>(type));
                        BOOST_TEST(array->count == values.size());
                        BOOST_REQUIRE_EQUAL(array->elements.size(), values.size());
                        for (size_t i = 0; i < values.size(); i++) {
                            const Kept * kept = std::get_if<Kept>(&array->elements[i]);
                            BOOST_REQUIRE(kept != nullptr);
                            BOOST_TEST(*kept == static_cast<Kept>(values[i]));
                        }
                        BOOST_TEST(value(file, "after").asUnsigned().value() == 1);
                    });
    }
}

BOOST_AUTO_TEST_CASE(arrays_of_every_type_are_kept) {
    arraysOf<uint8_t, uint64_t>(ValueType::u8, {0, 255});
    arraysOf<int8_t, int64_t>(ValueType::i8, {-128, 127});
    arraysOf<uint16_t, uint64_t>(ValueType::u16, {1, 65535});
    arraysOf<int16_t, int64_t>(ValueType::i16, {-32768, 2});
    arraysOf<uint32_t, uint64_t>(ValueType::u32, {8, 8, 0, 4000000000});
    arraysOf<int32_t, int64_t>(ValueType::i32, {-1, 2000000000});
    arraysOf<uint64_t, uint64_t>(ValueType::u64, {UINT64_MAX, 1});
    arraysOf<int64_t, int64_t>(ValueType::i64, {INT64_MIN, 1});
    arraysOf<float, double>(ValueType::f32, {0.25f, -3.0f});
    arraysOf<double, double>(ValueType::f64, {1e-300, 2.0});
    arraysOf<bool, bool>(ValueType::boolean, {true, false, true});
    arraysOf<std::string, std::string>(ValueType::string, {"", "a", "some words"});
    arraysOf<uint32_t, uint64_t>(ValueType::u32, {});
}

BOOST_AUTO_TEST_CASE(arrays_beyond_the_kept_length_leave_only_type_and_count) {
    for (const size_t count : {size_t{1024}, size_t{1025}}) {
        const size_t kept = count == 1024 ? 1024 : 0;
        inEveryForm(
            [&](GgufBuilder & b) {
                b.array("numbers", std::vector<uint16_t>(count, 7))
                    .array("texts", std::vector<std::string>(count, "word"))
                    .u32("after", 9);
            },
            [&](const File & file) {
                for (const char * key : {"numbers", "texts"}) {
                    BOOST_TEST(value(file, key).asArray()->count == count);
                    BOOST_TEST(value(file, key).asArray()->elements.size() == kept);
                }
                BOOST_TEST(value(file, "after").asUnsigned().value() == 9);
            });
    }
}

BOOST_AUTO_TEST_CASE(nested_arrays_are_walked_over) {
    inEveryForm(
        [](GgufBuilder & b) {
            b.nestedArray("nested", {{1, 2}, {}, {3}}).deepArray("deep", 8).u32("after", 9);
        },
        [](const File & file) {
            const Array * nested = value(file, "nested").asArray();
            BOOST_TEST(valueTypeName(nested->element_type) == "arr");
            BOOST_TEST(nested->count == 3);
            BOOST_TEST(nested->elements.empty());
            BOOST_TEST(value(file, "after").asUnsigned().value() == 9);
        });
}

BOOST_AUTO_TEST_CASE(keys_keep_the_order_of_the_file) {
    inEveryForm([](GgufBuilder & b) { b.u32("z", 1).u32("a", 2).u32("m", 3); },
                [](const File & file) {
                    BOOST_REQUIRE_EQUAL(file.metadata.size(), 3);
                    BOOST_TEST(file.metadata[0].key == "z");
                    BOOST_TEST(file.metadata[1].key == "a");
                    BOOST_TEST(file.metadata[2].key == "m");
                });
}

BOOST_AUTO_TEST_CASE(any_byte_but_zero_is_true) {
    const auto file = readHeader(GgufBuilder().rawValue("a", 7, {2}).rawValue("b", 7, {0}).build(), 0, "a.gguf");
    BOOST_REQUIRE(file.ok());
    BOOST_TEST(value(*file, "a").asBool().value() == true);
    BOOST_TEST(value(*file, "b").asBool().value() == false);
}

BOOST_AUTO_TEST_CASE(tensors_of_one_to_four_dimensions_are_read) {
    inEveryForm(
        [](GgufBuilder & b) {
            b.string("general.architecture", "llama")
                .tensor("one", GgmlType::f32, {5})
                .tensor("two", GgmlType::q4_K, {256, 3})
                .tensor("three", GgmlType::q8_0, {32, 2, 7})
                .tensor("four", GgmlType::f16, {4, 3, 2, 5});
        },
        [](const File & file) {
            const Tensor * two = file.findTensor("two");
            const Tensor * three = file.findTensor("three");
            const Tensor * four = file.findTensor("four");
            BOOST_REQUIRE(two != nullptr && three != nullptr && four != nullptr);
            BOOST_TEST(file.tensors.front().n_bytes == 5 * 4);
            BOOST_TEST(two->n_bytes == 3 * 144);
            BOOST_TEST(two->n_dims == 2);
            BOOST_TEST(two->offset == 32);  // 5 × 4 bytes, padded to 32
            BOOST_TEST(three->n_bytes == 2 * 7 * 34);
            BOOST_TEST(three->offset == 32 + 448);  // 3 × 144 = 432, padded to 448
            BOOST_TEST(four->n_dims == 4);
            BOOST_TEST(four->ne[0] == 4);
            BOOST_TEST(four->ne[3] == 5);
            BOOST_TEST(four->elements() == 4 * 3 * 2 * 5);
            BOOST_TEST(four->offset == 32 + 448 + 480);  // 14 × 34 = 476, padded to 480
            BOOST_TEST(file.totalTensorBytes() == 20 + 432 + 476 + 240);
        });
}

BOOST_AUTO_TEST_CASE(a_scalar_is_a_row_of_one_element) {  // llama.cpp takes 0 dimensions (gguf.cpp)
    inEveryForm([](GgufBuilder & b) { b.tensor("scale", GgmlType::f32, {}); },
                [](const File & file) {
                    BOOST_TEST(file.tensors.front().n_dims == 1);
                    BOOST_TEST(file.tensors.front().elements() == 1);
                    BOOST_TEST(file.tensors.front().n_bytes == 4);
                });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
