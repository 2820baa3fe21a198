#include "expand/arithmetic.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace parley::expand {

namespace {

Error invalid(std::string what)
{
    return { ErrorKind::invalid_request, "expr: " + std::move(what) };
}

class Reader {
public:
    explicit Reader(std::string_view text)
        : rest_(text)
    {
    }

    Result<double> whole()
    {
        auto value = sum();
        skip_blanks();
        if (value && !rest_.empty())
            return invalid("cannot read '" + std::string(rest_.substr(0, 1)) + "'");
        if (value && !std::isfinite(*value))
            return invalid("the result is too large");
        return value;
    }

private:
    bool take(char c)
    {
        skip_blanks();
        if (!rest_.starts_with(c))
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    void skip_blanks()
    {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
            rest_.remove_prefix(1);
    }

    Result<double> sum()
    {
        auto left = product();
        while (left) {
            const bool plus = take('+');
            if (!plus && !take('-'))
                break;
            auto right = product();
            if (!right)
                return right;
            left = plus ? *left + *right : *left - *right;
        }
        return left;
    }

    Result<double> product()
    {
        auto left = factor();
        while (left) {
            const char sign = take('*') ? '*' : take('/') ? '/' : take('%') ? '%' : '\0';
            if (sign == '\0')
                break;
            auto right = factor();
            if (!right)
                return right;
            if (sign != '*' && *right == 0)
                return invalid("division by zero");
            left = sign == '*' ? *left * *right : sign == '/' ? *left / *right : std::fmod(*left, *right);
        }
        return left;
    }

    Result<double> factor()
    {
        if (++depth_ > max_arithmetic_depth)
            return invalid("nested too deeply");
        auto value = signed_factor();
        --depth_;
        return value;
    }

    Result<double> signed_factor()
    {
        if (take('+'))
            return factor();
        if (take('-')) {
            auto value = factor();
            return value ? Result<double>(-*value) : value;
        }
        if (take('(')) {
            auto value = sum();
            if (value && !take(')'))
                return invalid("a parenthesis is not closed");
            return value;
        }
        double number = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
        if (error != std::errc() || !std::isfinite(number))
            return invalid("a number is missing");
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return number;
    }

    std::string_view rest_;
    int depth_ = 0;
};

} // namespace

Result<double> evaluate_arithmetic(std::string_view text)
{
    if (text.size() > max_arithmetic_bytes)
        return Error { ErrorKind::limit_reached, "expr: too long" };
    return Reader(text).whole();
}

} // namespace parley::expand
