using Semel.Protocol;

namespace Semel.Faults;

/// <summary>Which frames are struck, how often, and what happens to them. Immutable.</summary>
/// <remarks>
/// As text: <c>API:SIDE:ACTION[:PROBABILITY][:count=N][:skip=N][:connection=N]</c>. API is Kafka's name, several joined by "+", or "*" for every one; SIDE is "request" or
/// "answer"; the actions are those of <see cref="FaultKind"/> (pass, delay=MS, drop, cut, cut-after=BYTES, repeat[=MS], hold[=MS], swap[=MS], stall, blackhole, corrupt[=BYTE]).
/// For example <c>Produce:answer:cut:0.05</c> or <c>EndTxn+AddPartitionsToTxn:request:delay=200:count=3</c>.
/// </remarks>
public sealed record FaultRule
{
    /// <exception cref="ArgumentException">A value is out of its range, or the action is not one for this direction.</exception>
    public FaultRule(FrameDirection direction, FaultAction action)
    {
        if (action.Kind == FaultKind.Hold && direction == FrameDirection.Answer) throw new ArgumentException("hold is for requests: an answer belongs to its connection");
        Direction = direction;
        Action = action;
    }

    /// <summary>Null for every API, those included that this library does not know.</summary>
    public IReadOnlyList<ApiKey>? ApiKeys { get; init; }

    /// <summary>Which way the frames go.</summary>
    public FrameDirection Direction { get; }

    /// <summary>What happens to a frame that is struck.</summary>
    public FaultAction Action { get; }

    /// <summary>0 to 1: of the frames that match and are not skipped, how many are struck.</summary>
    public double Probability
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Probability), value, "a probability is 0 to 1");
    } = 1;

    /// <summary>So many of the first matching frames are left alone.</summary>
    public long Skip
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Skip), value, "a number of frames is not negative");
    }

    /// <summary>At most so many frames are struck; null for no end.</summary>
    public long? Count
    {
        get;
        init => field = value is null or >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Count), value, "a number of frames is not negative");
    }

    /// <summary>Only frames of the connection with this number, from 1; null for every one.</summary>
    public int? Connection { get; init; }

    /// <summary>Whether the rule is about such a frame, before it is drawn or counted.</summary>
    public bool Matches(in FrameFacts facts) =>
        facts.Direction == Direction && (Connection is null || Connection == facts.Connection) && (ApiKeys is null || ApiKeys.Contains(facts.ApiKey));

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">Names the text, what is wrong with it, and what may stand there.</exception>
    public static FaultRule Parse(string text) => FaultRuleText.Parse(text);

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => FaultRuleText.Write(this);

    public bool Equals(FaultRule? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}
