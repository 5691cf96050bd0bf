using Semel.Client.Consuming;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

public class NewPartitionsRuleTests
{
    readonly NewPartitionsRule _rule = new();

    [Fact]
    public void What_was_there_when_the_application_subscribed_is_old_and_what_came_after_is_new()
    {
        _rule.Learn("t", 2);
        _rule.Learn("t", 5);
        Assert.Equal([false, false, true], new[] { 0, 1, 2 }.Select(number => _rule.IsNew(new TopicPartition("t", number))));
    }

    [Fact]
    public void A_topic_that_did_not_exist_is_new_as_a_whole()
    {
        _rule.Learn("t", 0);
        _rule.Settle([new TopicPartition("t", 0)]);
        Assert.True(_rule.IsNew(new TopicPartition("t", 0)));
    }

    [Fact]
    public void Of_topics_that_nobody_named_those_of_the_first_assignment_are_old_and_later_ones_new()
    {
        Assert.False(_rule.IsNew(new TopicPartition("first", 3)));
        _rule.Settle([new TopicPartition("first", 3)]);
        _rule.Settle([new TopicPartition("later", 0)]);
        Assert.False(_rule.IsNew(new TopicPartition("first", 9)));
        Assert.True(_rule.IsNew(new TopicPartition("later", 0)));
    }
}
