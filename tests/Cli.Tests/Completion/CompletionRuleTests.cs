using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Completion;

namespace Semel.Cli.Tests.Completion;

public sealed class CompletionRuleTests
{
    static Offer Of(string line) => CompletionRule.Of(line.Split(' '));

    static IEnumerable<string> Texts(string line) => Of(line).Candidates.Select(candidate => candidate.Text);

    [Theory]
    [InlineData("", "serve produce consume log topics groups transactions demo completion help version")]
    [InlineData("pro", "produce")]
    [InlineData("--v", "--version")]
    [InlineData("topics ", "create list describe delete")]
    [InlineData("transactions f", "find-hanging")]
    [InlineData("help to", "topics")]
    [InlineData("help exit", "exit-codes")]
    [InlineData("help topics d", "describe delete")]
    [InlineData("completion ", "bash zsh fish pwsh")]
    [InlineData("completion bash ", "")]
    [InlineData("consume --isol", "--isolation-level")]
    [InlineData("consume --isolation-level ", "read_committed read_uncommitted")]
    [InlineData("consume --isolation-level read_u", "read_uncommitted")]
    [InlineData("consume --isolation-level=read_u", "--isolation-level=read_uncommitted")]
    [InlineData("consume --isolation-level = read_u", "read_uncommitted")]
    [InlineData("consume --isolation-level =", "read_committed read_uncommitted")]
    [InlineData("-C --isolation-level read_c", "read_committed")]
    [InlineData("consume -eq --output j", "json")]
    [InlineData("consume --max-m", "--max-messages")]
    [InlineData("groups --describe --off", "--offsets")]
    [InlineData("groups list --state st", "Stable")]
    [InlineData("groups list --state Stable,Em", "Stable,Empty")]
    [InlineData("groups list --state --ty", "--type")]
    [InlineData("produce --acks ", "all 1 0")]
    [InlineData("frobnicate --x", "")]
    [InlineData("topics frobnicate --x", "")]
    public void A_line_is_completed_by_what_may_stand_there(string line, string offered) =>
        Assert.Equal(offered.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), Texts(line).Order());

    [Theory]
    [InlineData("topics describe ", Completes.Topic, "", "")]
    [InlineData("topics delete orders pay", Completes.Topic, "pay", "")]
    [InlineData("consume -t or", Completes.Topic, "or", "")]
    [InlineData("consume --topic=or", Completes.Topic, "or", "--topic=")]
    [InlineData("topics delete a,b", Completes.Topic, "b", "a,")]
    [InlineData("groups describe bil", Completes.Group, "bil", "")]
    [InlineData("serve --data-dir /var", Completes.Folder, "/var", "")]
    [InlineData("produce --file ", Completes.File, "", "")]
    [InlineData("log dump -- -x", Completes.File, "-x", "")]
    public void A_name_is_of_the_kind_that_stands_there(string line, Completes kind, string begun, string before) =>
        Assert.Equal((kind, begun, before), (Of(line).Names, Of(line).Begun, Of(line).Before));

    [Fact]
    public void Of_each_command_every_option_is_offered_that_help_shows_and_no_other()
    {
        foreach (var syntax in CommandTable.All.Select(command => command.Syntax))
        {
            var shown = syntax.Options.Where(option => !option.Hidden && option.Refusal is null
                && option.Spellings.Any(spelling => spelling.StartsWith("--", StringComparison.Ordinal))).Select(option => option.Name).Append("--help");
            Assert.Equal(shown.Order(), Texts($"{syntax.Name} --").Order());
        }
    }

    [Fact]
    public void What_stands_there_already_is_offered_again_only_where_it_may_be_repeated()
    {
        Assert.DoesNotContain("--group", Texts("consume --group billing --"));
        Assert.Contains("--topic", Texts("consume --topic orders --"));
        Assert.DoesNotContain("--count", Texts("consume -c 5 --"));
        Assert.Contains("--property", Texts("consume --property print.key=true --"));
    }

    /// <summary>Tried on the parser itself: whatever is offered for a value is taken as one.</summary>
    [Fact]
    public void Every_word_that_is_offered_for_a_value_is_taken_and_those_of_a_closed_list_are_all_offered()
    {
        foreach (var option in CommandTable.All.SelectMany(command => command.Syntax.Options)
            .Where(option => option.TakesValue && option.Refusal is null).Distinct())
        {
            foreach (var choice in option.Choices) option.Check(choice);
            const string ListBegins = "must be one of: ";
            var refusal = Record.Exception(() => option.Check("no word of any list"))?.Message ?? "";
            if (refusal.Contains(ListBegins, StringComparison.Ordinal)) Assert.Equal(string.Join(", ", option.Choices),
                refusal[(refusal.IndexOf(ListBegins, StringComparison.Ordinal) + ListBegins.Length)..].TrimEnd('.'));
        }
    }
}
