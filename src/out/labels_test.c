#include "out/labels.h"

#include <stdio.h>

#include "core/mem.h"
#include "core/str.h"
#include "core/testing.h"

#define TEXT(s) ((struct adder_str){(s), sizeof(s) - 1})

enum { TAGS_MAX = 5 };

static const struct {
    struct adder_str raw;
    const char *gauge, *counter;
} names[] = {
    {TEXT("system.cpu.user"), "system_cpu_user", "system_cpu_user_total"},
    {TEXT("http.requests.total"), "http_requests_total", "http_requests_total"},
    {TEXT("_total"), "exported__total", "exported__total"},
    {TEXT("total"), "total", "total_total"},
    {TEXT("a:b-c/d e"), "a_b_c_d_e", "a_b_c_d_e_total"},
    {TEXT("9lives"), "exported_9lives", "exported_9lives_total"},
    {TEXT("_hidden"), "exported__hidden", "exported__hidden_total"},
    {TEXT(".x"), "exported__x", "exported__x_total"},
    {TEXT(""), "exported_", "exported__total"},
    {TEXT("caf\xc3\xa9.\xe2\x82\xac"), "caf___", "caf____total"},
    {TEXT("a\xff\xfe\x80z"), "a___z", "a___z_total"},
    {TEXT("a\xe2\x82z"), "a__z", "a__z_total"},
    {TEXT("a\0b\nc\"d"), "a_b_c_d", "a_b_c_d_total"},
};

static void names_have_only_letters_digits_and_underscores(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, LABELS_TEXT_MAX);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        buf_clear(&b);
        metric_name(&b, names[i].raw, false);
        assert_string_equal(b.data, names[i].gauge);
        buf_clear(&b);
        metric_name(&b, names[i].raw, true);
        assert_string_equal(b.data, names[i].counter);
    }
    buf_free(&b);
}

static const struct {
    struct adder_str tags[TAGS_MAX];
    const char *host, *device;
    const char *text;
} cases[] = {
    {{{NULL, 0}}, "", "", ""},
    {{TEXT("env:prod"), TEXT("b:2")}, "h1", "", "b=\"2\",env=\"prod\",host=\"h1\""},
    {{TEXT("env:prod")}, "", "sda1", "device=\"sda1\",env=\"prod\""},
    /* The first colon splits; a tag without one is a label that is true. */
    {{TEXT("url:http://x:80/")}, "", "", "url=\"http://x:80/\""},
    {{TEXT("production")}, "", "", "production=\"true\""},
    /* Nothing is left of what has no value, or is nothing. */
    {{TEXT("env:"), TEXT(""), TEXT(":")}, "", "", ""},
    {{TEXT(":value")}, "", "", "exported_=\"value\""},
    /* One key several times, also when it becomes one. */
    {{TEXT("role:b"), TEXT("role:a")}, "", "", "role=\"a,b\""},
    {{TEXT("a.b:1"), TEXT("a_b:1"), TEXT("a-b:2")}, "", "", "a_b=\"1,2\""},
    {{TEXT("blue"), TEXT("blue:sky")}, "", "", "blue=\"sky,true\""},
    /* Reserved ones. */
    {{TEXT("le:1"), TEXT("quantile:2"), TEXT("job:3"), TEXT("instance:4"), TEXT("host:5")},
     "h",
     "",
     "exported_host=\"5\",exported_instance=\"4\",exported_job=\"3\",exported_le=\"1\","
     "exported_quantile=\"2\",host=\"h\""},
    {{TEXT("host:5")}, "", "", "exported_host=\"5\""},
    {{TEXT("device:b")}, "", "a", "device=\"a\",exported_device=\"b\""},
    {{TEXT("device:b")}, "", "", "device=\"b\""},
    {{TEXT("__name__:x"), TEXT("_a:y"), TEXT("1a:z")},
     "",
     "",
     "exported_1a=\"z\",exported___name__=\"x\",exported__a=\"y\""},
    {{TEXT("exported_le:a"), TEXT("le:b")}, "", "", "exported_le=\"a,b\""},
    /* Any bytes. */
    {{TEXT("k:a\"b\\c\nd")}, "", "", "k=\"a\\\"b\\\\c\\nd\""},
    {{TEXT("k:\xff\xc3\xa9\xc3")}, "", "", "k=\"\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\""},
    {{TEXT("k\xc3\xa9y:v"), TEXT("k\xffy:w")}, "", "", "k_y=\"v,w\""},
    {{TEXT("k:\xed\xa0\x80")}, "", "", "k=\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

static void tags_become_labels(void **state)
{
    struct label_set l;

    (void)state;
    labels_init(&l);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t count = 0;

        while (count < TAGS_MAX && cases[i].tags[count].ptr != NULL)
            count++;
        labels_begin(&l);
        labels_own(&l, (struct label){str_of("host"), str_of(cases[i].host)});
        labels_own(&l, (struct label){str_of("device"), str_of(cases[i].device)});
        labels_tags(&l, (struct adder_tags){cases[i].tags, count});
        assert_string_equal(labels_text(&l).ptr, cases[i].text);
    }
    labels_free(&l);
}

static void many_tags_are_one_list(void **state)
{
    enum { N = 5000 };
    static struct adder_str tags[N];
    static char text[N][16];
    struct adder_str labels;
    struct label_set l;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        snprintf(text[i], sizeof(text[i]), "t%zu", N - i);
        tags[i] = str_of(text[i]);
    }
    labels_init(&l);
    labels_begin(&l);
    labels_tags(&l, (struct adder_tags){tags, N});
    labels = labels_text(&l);
    assert_true(str_starts(labels, "t1=\"true\",t10=\"true\",t100=\"true\",t1000=\"true\""));
    assert_int_equal(l.count, N);
    labels_free(&l);
}

static void labels_that_are_too_long_are_refused(void **state)
{
    AUTOFREE char *value = mem_zalloc(LABELS_TEXT_MAX);
    struct adder_str tag = {value, LABELS_TEXT_MAX - 4};
    struct label_set l;

    (void)state;
    memset(value, 'a', tag.len);
    value[1] = ':';
    labels_init(&l);
    labels_begin(&l);
    labels_tags(&l, (struct adder_tags){&tag, 1});
    assert_int_equal(labels_text(&l).len, tag.len + 2);
    tag.len += 3;
    labels_begin(&l);
    labels_tags(&l, (struct adder_tags){&tag, 1});
    assert_null(labels_text(&l).ptr);
    assert_true(l.text.too_big);
    labels_begin(&l);
    assert_int_equal(labels_text(&l).len, 0);
    labels_free(&l);
}

static void help_is_one_line(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    help_text(&b, TEXT("a\\b\nc\"d\xff"), false);
    assert_string_equal(b.data, "a\\\\b\\nc\"d\xef\xbf\xbd");
    buf_clear(&b);
    help_text(&b, TEXT("a\\b\nc\"d\xff"), true);
    assert_string_equal(b.data, "a\\\\b\\nc\\\"d\xef\xbf\xbd");
    buf_free(&b);
}

static int renders(void)
{
    static const struct adder_str tags[] = {TEXT("a:1"), TEXT("le:2"), TEXT("c")};
    struct label_set l;
    bool failed;

    labels_init(&l);
    labels_begin(&l);
    labels_own(&l, (struct label){str_of("host"), str_of("h")});
    labels_tags(&l, (struct adder_tags){tags, ARRAY_LEN(tags)});
    failed = labels_text(&l).ptr == NULL;
    labels_free(&l);
    return failed ? -1 : 0;
}

static void without_memory_there_are_no_labels(void **state)
{
    (void)state;
    each_alloc_fails(renders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_only_letters_digits_and_underscores),
        cmocka_unit_test(tags_become_labels),
        cmocka_unit_test(many_tags_are_one_list),
        cmocka_unit_test(labels_that_are_too_long_are_refused),
        cmocka_unit_test(help_is_one_line),
        cmocka_unit_test(without_memory_there_are_no_labels),
    };

    return cmocka_run_group_tests_name("labels", tests, NULL, NULL);
}
