using Semel.Protocol;

namespace Semel.Faults.Tests;

public sealed class FaultRuleTests
{
    [Theory]
    [InlineData("Produce:answer:cut:0.05")]
    [InlineData("*:request:pass")]
    [InlineData("EndTxn+AddPartitionsToTxn:request:delay=200:count=3")]
    [InlineData("Fetch:answer:drop:0.5:count=7:skip=2:connection=3")]
    [InlineData("Produce:request:cut-after=0")]
    [InlineData("Produce:request:repeat")]
    [InlineData("Produce:request:repeat=20")]
    [InlineData("InitProducerId:request:hold")]
    [InlineData("InitProducerId:request:hold=0")]
    [InlineData("Produce:request:swap=500")]
    [InlineData("*:answer:stall")]
    [InlineData("*:request:blackhole")]
    [InlineData("Metadata:answer:corrupt")]
    [InlineData("Metadata:answer:corrupt=4")]
    public void A_rule_is_written_as_it_is_read(string text)
    {
        var rule = FaultRule.Parse(text);
        Assert.Equal(text, rule.ToString());
        Assert.Equal(rule, FaultRule.Parse(rule.ToString()));
        Assert.Equal(rule.GetHashCode(), FaultRule.Parse(text).GetHashCode());
    }

    [Fact]
    public void The_parts_of_a_rule_mean_what_they_say()
    {
        var rule = FaultRule.Parse("Produce+Fetch:answer:delay=250:0.25:skip=2:count=7:connection=3");
        Assert.Equal([ApiKey.Produce, ApiKey.Fetch], rule.ApiKeys);
        Assert.Equal((FrameDirection.Answer, FaultAction.Delay(TimeSpan.FromMilliseconds(250))), (rule.Direction, rule.Action));
        Assert.Equal((0.25, 2L, 7L, 3), (rule.Probability, rule.Skip, rule.Count, rule.Connection));
        Assert.Null(FaultRule.Parse("*:answer:cut").ApiKeys);
    }

    [Fact]
    public void A_swap_without_a_time_waits_a_second() => Assert.Equal("Produce:request:swap=1000", FaultRule.Parse("Produce:request:swap").ToString());

    [Theory]
    [InlineData("", "at least three parts")]
    [InlineData("Produce:answer", "at least three parts")]
    [InlineData("Prodce:answer:cut", "no such API: 'Prodce'")]
    [InlineData("produce:answer:cut", "no such API: 'produce'")]
    [InlineData("0:answer:cut", "no such API: '0'")]
    [InlineData("Produce+:answer:cut", "no such API: ''")]
    [InlineData("Produce,Fetch:answer:cut", "no such API: 'Produce,Fetch'")]
    [InlineData("Produce + Fetch:answer:cut", "no such API: 'Produce '")]
    [InlineData(":answer:cut", "no such API: ''")]
    [InlineData("Produce:reply:cut", "'request' or 'answer', not 'reply'")]
    [InlineData("Produce:answer:kill", "no such action: 'kill'")]
    [InlineData("Produce:answer:delay", "'delay' needs an amount: delay=MS")]
    [InlineData("Produce:answer:delay=soon", "not a whole number")]
    [InlineData("Produce:answer:delay=-1", "not a whole number")]
    [InlineData("Produce:answer:cut-after", "needs an amount")]
    [InlineData("Produce:answer:cut=5", "'cut' takes no amount")]
    [InlineData("Produce:answer:hold", "hold is for requests")]
    [InlineData("Produce:answer:cut:1.5", "'1.5' is no probability")]
    [InlineData("Produce:answer:cut:-0.5", "'-0.5' is no probability")]
    [InlineData("Produce:answer:cut:often", "'often' is no probability")]
    [InlineData("Produce:answer:cut:NaN", "'NaN' is no probability")]
    [InlineData("Produce:answer:cut:count=", "'count=' has no whole number")]
    [InlineData("Produce:answer:cut:skip=-2", "'skip=-2' has no whole number")]
    [InlineData("Produce:answer:cut:connection=x", "'connection=x' has no whole number")]
    public void A_wrong_rule_is_refused_with_its_text_and_the_reason(string text, string reason)
    {
        var refused = Assert.Throws<FormatException>(() => FaultRule.Parse(text));
        Assert.StartsWith($"rule '{text}': ", refused.Message);
        Assert.Contains(reason, refused.Message);
    }

    [Fact]
    public void Values_out_of_range_are_refused_where_a_rule_is_made()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FaultRule(FrameDirection.Answer, FaultAction.Cut) { Probability = 1.01 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FaultRule(FrameDirection.Answer, FaultAction.Cut) { Probability = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FaultRule(FrameDirection.Answer, FaultAction.Cut) { Skip = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FaultRule(FrameDirection.Answer, FaultAction.Cut) { Count = -1 });
        Assert.Throws<ArgumentException>(() => new FaultRule(FrameDirection.Answer, FaultAction.Hold()));
    }
}
