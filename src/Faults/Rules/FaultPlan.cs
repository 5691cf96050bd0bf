namespace Semel.Faults;

/// <summary>What happens to one frame, and why.</summary>
/// <param name="Rule">The rule that struck; null when none did and the frame passes.</param>
/// <param name="RuleNumber">Its place among the rules, from 1; 0 when none did.</param>
/// <param name="Strike">How often that rule has struck, this time included.</param>
public readonly record struct FaultDecision(FaultRule? Rule, int RuleNumber, long Strike)
{
    /// <summary>What happens to the frame.</summary>
    public FaultAction Action => Rule?.Action ?? FaultAction.Pass;

    /// <summary>A sentence for the history.</summary>
    public string Reason => Rule is null ? "no rule" : $"rule {RuleNumber} '{Rule}', strike {Strike}";
}

/// <summary>
/// Decides what happens to each frame: the first rule that matches it, is not used up, and is drawn. Pure: the same seed, the same rules and the same frames in the same order
/// give the same decisions. The draw depends on nothing but seed, rule, and which frame of which connection it is, so with rules that only draw (no count, no skip)
/// a frame's fate does not depend on what other connections do meanwhile. Not thread safe.
/// </summary>
public sealed class FaultPlan
{
    readonly ulong _seed;
    readonly FaultRule[] _rules;
    readonly (long Matched, long Struck)[] _used;

    /// <summary>Begins with all counts at 0.</summary>
    public FaultPlan(long seed, IEnumerable<FaultRule> rules)
    {
        _seed = (ulong)seed;
        _rules = rules.ToArray();
        _used = new (long, long)[_rules.Length];
    }

    /// <summary>In the order in which they are asked.</summary>
    public IReadOnlyList<FaultRule> Rules => _rules;

    /// <summary>Decides about the next frame, and counts it.</summary>
    public FaultDecision Decide(in FrameFacts facts)
    {
        for (var i = 0; i < _rules.Length; i++)
        {
            var rule = _rules[i];
            if (!rule.Matches(facts)) continue;
            ref var used = ref _used[i];
            used.Matched++;
            if (used.Matched <= rule.Skip || used.Struck >= rule.Count || (rule.Probability < 1 && Draw(i, facts) >= rule.Probability)) continue;
            used.Struck++;
            return new FaultDecision(rule, i + 1, used.Struck);
        }
        return default;
    }

    /// <summary>A number from 0 to below 1.</summary>
    double Draw(int rule, in FrameFacts facts)
    {
        var bits = Mix(_seed);
        bits = Mix(bits ^ (((ulong)rule << 33) | ((ulong)(uint)facts.Connection << 1) | (ulong)facts.Direction));
        bits = Mix(bits ^ (ulong)facts.Ordinal);
        return (bits >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>The step and the finish of SplitMix64: neighbouring inputs give outputs that have nothing in common.</summary>
    static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
