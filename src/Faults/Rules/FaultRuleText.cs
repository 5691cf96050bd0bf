using System.Globalization;
using System.Text;
using Semel.Protocol;

namespace Semel.Faults;

/// <summary>The text form of a rule, both ways.</summary>
static class FaultRuleText
{
    const string Syntax = "API:request|answer:ACTION[:PROBABILITY][:count=N][:skip=N][:connection=N]";

    public static string Write(FaultRule rule)
    {
        var text = new StringBuilder();
        text.Append(rule.ApiKeys is null ? "*" : string.Join('+', rule.ApiKeys)).Append(':').Append(rule.Direction == FrameDirection.Request ? "request" : "answer").Append(':').Append(rule.Action);
        if (rule.Probability < 1) text.Append(CultureInfo.InvariantCulture, $":{rule.Probability:R}");
        if (rule.Count is { } count) text.Append(CultureInfo.InvariantCulture, $":count={count}");
        if (rule.Skip > 0) text.Append(CultureInfo.InvariantCulture, $":skip={rule.Skip}");
        if (rule.Connection is { } connection) text.Append(CultureInfo.InvariantCulture, $":connection={connection}");
        return text.ToString();
    }

    public static FaultRule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var parts = text.Split(':');
            if (parts.Length < 3) throw new FormatException($"a rule has at least three parts: {Syntax}");
            var rule = new FaultRule(DirectionOf(parts[1]), FaultActionText.Parse(parts[2])) { ApiKeys = ApiKeysOf(parts[0]) };
            foreach (var part in parts.AsSpan(3)) rule = With(rule, part);
            return rule;
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException)
        {
            throw new FormatException($"rule '{text}': {FirstLine(wrong)}");
        }
    }

    static FrameDirection DirectionOf(string text) => text switch
    {
        "request" => FrameDirection.Request,
        "answer" => FrameDirection.Answer,
        _ => throw new FormatException($"the side is 'request' or 'answer', not '{text}'"),
    };

    static List<ApiKey>? ApiKeysOf(string text)
    {
        if (text == "*") return null;
        var keys = new List<ApiKey>();
        foreach (var name in text.Split('+'))
        {
            // A number, or names with commas between them, would be taken for a key as well; only one name is meant.
            if (name.Length == 0 || !char.IsAsciiLetter(name[0]) || !name.All(char.IsAsciiLetterOrDigit) || !Enum.TryParse<ApiKey>(name, out var key))
                throw new FormatException($"no such API: '{name}'; it is Kafka's name, such as Produce or EndTxn, several joined by '+', or '*'");
            keys.Add(key);
        }
        return keys;
    }

    static FaultRule With(FaultRule rule, string part)
    {
        if (part.StartsWith("count=", StringComparison.Ordinal)) return rule with { Count = Number(part) };
        if (part.StartsWith("skip=", StringComparison.Ordinal)) return rule with { Skip = Number(part) };
        if (part.StartsWith("connection=", StringComparison.Ordinal)) return rule with { Connection = Number(part) };
        if (double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var probability) && probability <= 1) return rule with { Probability = probability };
        throw new FormatException($"'{part}' is no probability from 0 to 1 and none of count=N, skip=N, connection=N");
    }

    static int Number(string part) =>
        int.TryParse(part.AsSpan(part.IndexOf('=') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"'{part}' has no whole number of 0 to {int.MaxValue}");

    /// <summary>An argument exception adds the parameter's name in a second line or in brackets; a person needs only the sentence.</summary>
    static string FirstLine(Exception exception) => exception.Message.Split('\n')[0].Split(" (Parameter")[0];
}
