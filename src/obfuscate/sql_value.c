#include <string.h>

#include "obfuscate/sql_scan.h"

/* ---- Numbers ---------------------------------------------------------------------------- */

/* Length of a UUID without quotes (CQL), 0 when there is none. */
static size_t uuid_length(const struct sql_lexer *l)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        char c = sql_peek(l, i);

        if (form[i] == '-' ? c != '-' : !isxdigit((unsigned char)c))
            return 0;
    }
    return sql_is_name(l, sql_peek(l, sizeof(form) - 1)) ? 0 : sizeof(form) - 1;
}

/* Everything that touches a number belongs to it: 0x1f, 1e-3, 12kB. */
bool sql_scan_number(struct sql_lexer *l, struct sql_token *t)
{
    bool minus = sql_peek(l, 0) == '-' && !l->operand;
    size_t i = minus ? 1 : 0;
    bool hex = sql_peek(l, i) == '0' && (sql_peek(l, i + 1) | 0x20) == 'x';
    size_t uuid = uuid_length(l);

    if (uuid > 0)
        return sql_take(l, t, SQL_LITERAL, uuid);
    if (!sql_is_digit(sql_peek(l, i)) &&
        (sql_peek(l, i) != '.' || !sql_is_digit(sql_peek(l, i + 1))))
        return false;
    for (;; i++) {
        char c = sql_peek(l, i);
        bool exponent = (c == '+' || c == '-') && (sql_peek(l, i - 1) | 0x20) == 'e' && !hex &&
                        sql_is_digit(sql_peek(l, i + 1));

        if (!sql_is_name(l, c) && c != '.' && !exponent)
            return sql_take(l, t, SQL_LITERAL, i);
    }
}

/* ---- Places for values ------------------------------------------------------------------ */

enum {
    POSITION_DIGITS_MAX = 5, /* more digits than that are money: $123456 */
    FORMAT_NAME_MAX = 256,   /* bytes of %(name)s */
};

/* $1, ?1. In T-SQL $1 is an amount. */
bool sql_scan_position(struct sql_lexer *l, struct sql_token *t)
{
    size_t i = 1;

    if (sql_peek(l, 0) != '$' && sql_peek(l, 0) != '?')
        return false;
    while (sql_is_digit(sql_peek(l, i)))
        i++;
    if (i == 1)
        return false;
    if (!l->dialect.brackets && i <= POSITION_DIGITS_MAX + 1 && sql_peek(l, i) != '.')
        return sql_take(l, t, SQL_POSITION, i);
    while (sql_is_name(l, sql_peek(l, i)) || sql_peek(l, i) == '.')
        i++;
    return sql_take(l, t, SQL_LITERAL, i);
}

/* :name, @name, @@name. After something it touches it is none: a slice [1:5]. */
bool sql_scan_bind(struct sql_lexer *l, struct sql_token *t)
{
    bool touches = l->operand && !t->spaced;
    size_t sign = 1;

    if (sql_peek(l, 0) == '@' && sql_peek(l, 1) == '@')
        sign = 2;
    else if (sql_peek(l, 0) != ':' && sql_peek(l, 0) != '@')
        return false;
    if (!sql_is_name(l, sql_peek(l, sign)) || (touches && sql_is_digit(sql_peek(l, sign))))
        return false;
    return sql_take(l, t, SQL_BIND, sql_name_end(l, sign));
}

bool sql_scan_place(struct sql_lexer *l, struct sql_token *t)
{
    const char *rest = l->text + l->at, *end;
    size_t left = l->len - l->at;

    if (sql_peek(l, 0) == '?') {
        bool touches = sql_peek(l, 1) == '|' || sql_peek(l, 1) == '&';

        /* JSON's "has this key"; in a list it is a place all the same. */
        if (l->operand && (touches || l->dialect.question_operator))
            return sql_take(l, t, SQL_OPERATOR, touches ? 2 : 1);
        return sql_take(l, t, SQL_PLACE, 1);
    }
    if (sql_peek(l, 0) != '%')
        return false;
    if (sql_peek(l, 1) == '(') {
        end = memchr(rest, ')', left < FORMAT_NAME_MAX ? left : FORMAT_NAME_MAX);
        if (end != NULL && end + 1 < l->text + l->len && isalpha((unsigned char)end[1]))
            return sql_take(l, t, SQL_PLACE, (size_t)(end - rest) + 2);
        return false;
    }
    return isalpha((unsigned char)sql_peek(l, 1)) && !sql_is_name(l, sql_peek(l, 2)) &&
           !l->operand && sql_take(l, t, SQL_PLACE, 2);
}
