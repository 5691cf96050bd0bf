using System.Diagnostics;
using Semel.Machines.Groups.Consumer.Patterns;

namespace Semel.Machines.Tests.Groups.Consumer.Patterns;

public class TopicPatternTests
{
    /// <summary>The names that the recorded patterns were tried on.</summary>
    static readonly string[] Names =
    [
        "a", "b", "ab", "aab", "abc", "orders", "orders-1", "orders.eu", "Orders_2", "__consumer_offsets", "A", "K", "s", "x1", "1", "12", "-", "_", ".", "a.b", "a-b",
        "foo.bar-baz_9", "aaaaa", "azAZ09", "{", "}",
    ];

    /// <summary>Those that RE2/J 1.8, which Apache Kafka uses, takes for the whole of a pattern, as a 1 for each of <see cref="Names"/>; a hyphen when it refuses the pattern.</summary>
    static IEnumerable<(string Pattern, string Answer)> Recorded()
    {
        using var stream = typeof(TopicPatternTests).Assembly.GetManifestResourceStream("patterns.tsv")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var columns = line.Split('\t');
            yield return (columns[1], columns[0]);
        }
    }

    [Fact]
    public void Patterns_are_taken_refused_and_matched_as_by_RE2()
    {
        var differences = new List<string>();
        var count = 0;
        foreach (var (text, answer) in Recorded())
        {
            count++;
            if (Answer(text) is var ours && ours != answer) differences.Add($"{text}: {ours} instead of {answer}");
        }
        Assert.True(count > 300);
        Assert.Empty(differences);
    }

    static string Answer(string text)
    {
        if (!TopicPattern.TryParse(text, out var pattern, out var refusal))
        {
            Assert.False(string.IsNullOrWhiteSpace(refusal));
            return "-";
        }
        var matching = pattern.Matching(Names)!.ToHashSet();
        return string.Concat(Names.Select(name => matching.Contains(name) ? '1' : '0'));
    }

    [Theory]
    [InlineData(@"(a)\1", "linear time")]
    [InlineData("(?=a)b", "neither ahead nor back")]
    [InlineData("(?<=a)b", "does not look back")]
    [InlineData("(?>a)", "knows (?:…)")]
    [InlineData("a*+", "possessive")]
    [InlineData("a{1001}", "at most 1000 times")]
    [InlineData("[[:nope:]]", "'nope'")]
    [InlineData(@"\p{Elvish}", "'Elvish'")]
    [InlineData("(a", "a ( has no )")]
    [InlineData("a)", "a ) has no (")]
    [InlineData("[a", "a [ has no ]")]
    [InlineData("*", "nothing before it")]
    [InlineData(@"\C", "means nothing in RE2 syntax")]
    public void A_refusal_quotes_the_pattern_and_says_why(string text, string reason)
    {
        Assert.False(TopicPattern.TryParse(text, out _, out var refusal));
        Assert.Contains(reason, refusal, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_becomes_too_large_is_refused_and_one_that_names_many_topics_is_not()
    {
        Assert.False(TopicPattern.TryParse("((a{1000}){1000}){1000}", out _, out var refusal));
        Assert.Contains("more than 20000 steps", refusal, StringComparison.Ordinal);
        Assert.False(TopicPattern.TryParse(new string('(', 100_000), out _, out refusal));
        Assert.Contains("250 groups", refusal, StringComparison.Ordinal);
        Assert.True(refusal.Length < 500);
        var names = Enumerable.Range(0, 900).Select(number => $"orders-of-shop-{number}").ToArray();
        Assert.True(TopicPattern.TryParse(string.Join('|', names), out var pattern, out _));
        Assert.Equal(names, pattern.Matching(names.Append("orders-of-shop-")));
    }

    [Theory]
    [InlineData("(a*)*b")]
    [InlineData("(a|aa)+$b")]
    [InlineData("(a?){200}a{200}b")]
    [InlineData("(.*a){20}x")]
    public void No_pattern_takes_longer_than_its_size_times_the_names_length(string text)
    {
        var names = Enumerable.Range(0, 50).Select(number => new string('a', 200 + number)).ToArray();
        Assert.True(TopicPattern.TryParse(text, out var pattern, out _));
        var watch = Stopwatch.StartNew();
        Assert.Empty(pattern.Matching(names)!);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed}");
    }

    [Fact]
    public void Work_that_is_more_than_wanted_is_given_up()
    {
        // What may have been reached differs from place to place: nothing that was remembered helps.
        Assert.True(TopicPattern.TryParse(".*a.{1000}.{1000}|(.*a.{900}){3}", out var pattern, out _));
        var random = new Random(3);
        var names = Enumerable.Range(0, 10_000).Select(_ => string.Concat(Enumerable.Range(0, 240).Select(_ => random.Next(2) == 0 ? 'a' : 'b'))).ToArray();
        var watch = Stopwatch.StartNew();
        Assert.Null(pattern.Matching(names, 20_000_000));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{watch.Elapsed}");
    }

    [Fact]
    public void Ten_thousand_topics_are_matched_in_a_few_steps_for_each_character()
    {
        var names = Enumerable.Range(0, 10_000).Select(number => $"team-{number % 17}.orders.region-{number}").ToArray();
        Assert.True(TopicPattern.TryParse(@"team-1[0-9]\.(orders|payments)\..*", out var pattern, out _));
        Assert.Equal(names.Where(name => name.StartsWith("team-1", StringComparison.Ordinal) && name[6] != '.'), pattern.Matching(names, 2_000_000));
    }

    [Fact]
    public void More_states_than_are_remembered_change_no_answer()
    {
        Assert.True(TopicPattern.TryParse("(a|b)*a(a|b){11}", out var pattern, out _));
        var random = new Random(11);
        var names = Enumerable.Range(0, 3000).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(2) == 0 ? 'a' : 'b'))).ToArray();
        Assert.Equal(names.Where(name => name.Length >= 12 && name[^12] == 'a'), pattern.Matching(names));
    }
}
