using Semel.Client.Consuming;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

public class ResetPolicyTests
{
    static readonly Instant Now = new(1_000_000_000);

    [Theory]
    [InlineData("earliest", -2L)]
    [InlineData("smallest", -2L)]
    [InlineData("beginning", -2L)]
    [InlineData("latest", -1L)]
    [InlineData("largest", -1L)]
    [InlineData("end", -1L)]
    [InlineData(" Latest ", -1L)]
    [InlineData("by_duration:PT1H", 1_000_000_000L - 3_600_000)]
    [InlineData("by_duration:P1DT0.5S", 1_000_000_000L - 86_400_500)]
    [InlineData("by_duration:P3650D", 0L)]
    [InlineData("none", null)]
    [InlineData("error", null)]
    public void Each_word_asks_for_its_offset(string text, long? timestamp) => Assert.Equal(timestamp, ResetPolicy.Parse(text).Query(Now)?.Timestamp);

    [Theory]
    [InlineData("")]
    [InlineData("newest")]
    [InlineData("by_duration:")]
    [InlineData("by_duration:1h")]
    [InlineData("by_duration:-PT1H")]
    public void Other_words_are_refused_with_the_ones_that_are_accepted(string text) =>
        Assert.Contains("must be earliest, latest, none, or by_duration:", Assert.Throws<FormatException>(() => ResetPolicy.Parse(text)).Message);
}
