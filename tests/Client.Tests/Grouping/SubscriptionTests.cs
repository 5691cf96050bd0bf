using Semel.Client.Grouping;

namespace Semel.Client.Tests.Grouping;

public sealed class SubscriptionTests
{
    [Fact]
    public void Names_and_patterns_are_told_apart_and_patterns_match_whole_names()
    {
        var subscription = new Subscription(["b", "^or.*s", "a", "b"]);
        Assert.Equal((["a", "b"], ["^or.*s"]), (subscription.Names.ToArray(), subscription.Patterns.ToArray()), new Equal());
        Assert.True(subscription.Matches("orders"));
        Assert.False(subscription.Matches("orders2"));
        Assert.False(subscription.Matches("orders\n"));
        Assert.False(subscription.Matches("a"));
    }

    sealed class Equal : IEqualityComparer<(string[], string[])>
    {
        public bool Equals((string[], string[]) left, (string[], string[]) right) => left.Item1.SequenceEqual(right.Item1) && left.Item2.SequenceEqual(right.Item2);
        public int GetHashCode((string[], string[]) value) => value.Item1.Length;
    }

    [Theory]
    [InlineData("^a|b", "b", true)]
    [InlineData("^a|b", "ab", false)]
    [InlineData("^(?i)T.", "tx", true)]
    [InlineData(@"^\d+", "12", true)]
    [InlineData("^t$", "t", true)]
    public void A_pattern_is_as_coordinators_read_it(string pattern, string topic, bool matches) => Assert.Equal(matches, new Subscription([pattern]).Matches(topic));

    [Theory]
    [InlineData("^(", "'^('")]
    [InlineData(@"^(a)\1", "backtracking")]
    [InlineData("^(?=a)a", "backtracking")]
    [InlineData("", "empty")]
    public void What_is_no_name_and_no_pattern_is_refused_by_name(string topic, string says) => Assert.Contains(says, Assert.Throws<ArgumentException>(() => new Subscription([topic])).Message);

    [Fact]
    public void Nothing_is_refused_with_the_remedy() => Assert.Contains("Unsubscribe", Assert.Throws<ArgumentException>(() => new Subscription([])).Message);

    [Fact]
    public void An_expression_that_would_take_for_ever_elsewhere_does_not()
    {
        var subscription = new Subscription(["^(a+)+b"]);
        Assert.False(subscription.Matches(new string('a', 249)));
    }
}
