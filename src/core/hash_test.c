#include "core/hash.h"

#include "core/str.h"
#include "core/testing.h"

/* From the reference implementation; lengths on both sides of the block of 16 bytes. */
static void murmur3_agrees_with_the_reference(void **state)
{
    static const struct {
        const char *text;
        uint64_t low, high;
    } cases[] = {
        {"", 0, 0},
        {"hello", 0xcbd8a7b341bd9b02, 0x5b1e906a48ae1d19},
        {"foofalse", 0x6eba821f0cd8c6d0, 0},
        {"false", 0xc4bf6d05e5b795e4, 0},
        {"The quick brown fox jumps over the lazy dog", 0xe34bbc7bbc071b6c, 0x7a433ca9c49a9347},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t hash[2];

        hash_murmur3(cases[i].text, strlen(cases[i].text), hash);
        assert_int_equal(hash[0], cases[i].low);
        if (cases[i].high != 0)
            assert_int_equal(hash[1], cases[i].high);
    }
}

/* Every length up to three blocks, so that each way to handle a tail is taken. */
static void murmur3_depends_on_every_byte(void **state)
{
    unsigned char text[48] = {0};

    (void)state;
    for (size_t len = 1; len <= sizeof(text); len++) {
        uint64_t before[2], after[2];

        hash_murmur3(text, len, before);
        text[len - 1] ^= 0x80;
        hash_murmur3(text, len, after);
        assert_int_not_equal(before[0], after[0]);
        assert_int_not_equal(before[1], after[1]);
    }
}

/* Values of the FNV test suite. */
static void fnv1_agrees_with_the_reference(void **state)
{
    static const struct {
        const char *text;
        uint64_t hash;
    } cases[] = {
        {"", 0xcbf29ce484222325},
        {"a", 0xaf63bd4c8601b7be},
        {"foobar", 0x340d8765a4dda9c2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(hash_fnv1(HASH_FNV1_START, cases[i].text, strlen(cases[i].text)),
                         cases[i].hash);
}

static void fnv1_continues_where_it_was(void **state)
{
    uint64_t whole = hash_fnv1(HASH_FNV1_START, "foobar", 6);
    uint64_t parts = hash_fnv1(hash_fnv1(HASH_FNV1_START, "foo", 3), "bar", 3);

    (void)state;
    assert_int_equal(whole, parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(murmur3_agrees_with_the_reference),
        cmocka_unit_test(murmur3_depends_on_every_byte),
        cmocka_unit_test(fnv1_agrees_with_the_reference),
        cmocka_unit_test(fnv1_continues_where_it_was),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
