#include "metrics/context.h"

#include "core/str.h"
#include "core/testing.h"

#define TEXT(s) ((struct adder_str){(s), sizeof(s) - 1})

enum { KEY_MAX = 256 };

static struct labels labels_of(struct adder_str name, const struct adder_str *tag)
{
    return (struct labels){name, TEXT("host"), {tag, tag != NULL}};
}

static struct adder_str key_of(char *space, const struct labels *l)
{
    size_t len = context_key_size(l);

    assert_true(len <= KEY_MAX);
    context_key_write(space, kind_of(ADDER_RATE), l);
    return (struct adder_str){space, len};
}

static void a_context_gives_its_labels_back(void **state)
{
    const struct adder_str tags[] = {TEXT(""), TEXT("a:b"), {"z\0z", 3}};
    struct labels l = {TEXT("name"), TEXT("h"), {tags, 3}}, back;
    struct contexts t = {0};
    struct adder_str space[3], key;
    char bytes[KEY_MAX];
    struct context *c;

    (void)state;
    key = key_of(bytes, &l);
    c = contexts_add(&t, kind_of(ADDER_RATE), key, context_hash(key));
    memset(bytes, '?', sizeof(bytes));
    context_labels(c, space, &back);
    assert_true(str_eq(back.name, l.name));
    assert_true(str_eq(back.hostname, l.hostname));
    assert_int_equal(back.tags.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(str_eq(back.tags.items[i], tags[i]));
    contexts_free(&t);
}

static void keys_of_one_hash_are_told_apart(void **state)
{
    enum { N = 20, HASH = 42 };
    struct contexts t = {0};
    struct context *added[N];
    char bytes[KEY_MAX], name[1];

    (void)state;
    for (int i = 0; i < N; i++) {
        struct labels l = labels_of((struct adder_str){name, 1}, NULL);

        name[0] = (char)('a' + i);
        assert_null(contexts_find(&t, key_of(bytes, &l), HASH));
        added[i] = contexts_add(&t, kind_of(ADDER_RATE), key_of(bytes, &l), HASH);
    }
    for (int i = 0; i < N; i++) {
        struct labels l = labels_of((struct adder_str){name, 1}, NULL);

        name[0] = (char)('a' + i);
        assert_ptr_equal(contexts_find(&t, key_of(bytes, &l), HASH), added[i]);
        assert_null(contexts_find(&t, key_of(bytes, &l), HASH + 1));
    }
    contexts_free(&t);
}

static void dropped_contexts_leave_the_others_in_order(void **state)
{
    enum { N = 100 };
    struct contexts t = {0};
    char bytes[KEY_MAX], name[1];
    struct labels l = labels_of((struct adder_str){name, 1}, NULL);

    (void)state;
    for (int i = 0; i < N; i++) {
        struct adder_str key;

        name[0] = (char)i;
        key = key_of(bytes, &l);
        contexts_add(&t, kind_of(ADDER_RATE), key, context_hash(key));
    }
    for (size_t i = 0; i < N; i++)
        if (i % 3 != 0)
            contexts_drop(&t, i);
    contexts_compact(&t);
    assert_int_equal(t.count, N / 3 + 1);
    for (size_t i = 0; i < N; i++) {
        struct context *c;
        struct adder_str key;

        name[0] = (char)i;
        key = key_of(bytes, &l);
        c = contexts_find(&t, key, context_hash(key));
        assert_ptr_equal(c, i % 3 == 0 ? t.entries[i / 3].context : NULL);
    }
    for (size_t i = 0; i < t.count; i++)
        contexts_drop(&t, i);
    contexts_compact(&t);
    assert_int_equal(t.count, 0);
    assert_int_equal(t.bytes, 0);
    contexts_free(&t);
}

static void sizes_that_fit_no_address_are_too_large(void **state)
{
    const struct adder_str tags[] = {{"", SIZE_MAX / 2}, {"", SIZE_MAX / 2}};
    struct labels l = {TEXT("name"), TEXT("h"), {tags, 2}};

    (void)state;
    assert_true(context_key_size(&l) == SIZE_MAX);
    l.tags.count = 0;
    l.name.len = SIZE_MAX;
    assert_true(context_key_size(&l) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_context_gives_its_labels_back),
        cmocka_unit_test(keys_of_one_hash_are_told_apart),
        cmocka_unit_test(dropped_contexts_leave_the_others_in_order),
        cmocka_unit_test(sizes_that_fit_no_address_are_too_large),
    };

    return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
