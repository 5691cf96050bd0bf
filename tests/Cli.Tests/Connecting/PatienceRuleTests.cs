using Semel.Cli.Connecting;

namespace Semel.Cli.Tests.Connecting;

public sealed class PatienceRuleTests
{
    static readonly Trouble Unreachable = new(ExitCode.CannotConnect, "the broker cannot be reached"), Storage = new(ExitCode.Refused, "the disk is full", EndsWork: true);

    static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>What is done until a time, each with its moment. Time goes as far as the rule says that it may.</summary>
    static List<(double At, PatienceAct Act)> Play(PatienceRule rule, double from, double until)
    {
        var acts = new List<(double, PatienceAct)>();
        for (var now = from; now <= until;)
        {
            var (act, next) = rule.Look(At(now));
            if (act != PatienceAct.Wait)
            {
                acts.Add((now, act));
                if (act == PatienceAct.GiveUp) break;
                continue;
            }
            if (next is not { } then) break;
            Assert.True(then > At(now), "a rule that waits for now would be asked without end");
            now = then.TotalSeconds;
        }
        return acts;
    }

    static PatienceRule Asked(bool givesUp = true)
    {
        var rule = new PatienceRule(givesUp);
        rule.Asked(At(0));
        return rule;
    }

    [Fact]
    public void What_is_wrong_from_the_beginning_is_told_and_ends_the_command_within_ten_seconds()
    {
        var rule = Asked();
        rule.Happened(Unreachable, At(0.1));
        Assert.Equal([(1.1, PatienceAct.Tell), (4.1, PatienceAct.GiveUp)], Play(rule, 0.1, 60));
    }

    [Fact]
    public void What_is_known_late_is_told_and_ends_the_command_a_moment_later()
    {
        var rule = Asked();
        Assert.Equal([(8, PatienceAct.TellSilence)], Play(rule, 0, 9));
        rule.Happened(Unreachable, At(9));
        Assert.Equal([(10, PatienceAct.GiveUp)], Play(rule, 9, 60));
    }

    [Fact]
    public void A_command_that_waited_for_its_input_first_has_the_same_patience()
    {
        var rule = new PatienceRule(givesUp: true);
        Assert.Empty(Play(rule, 0, 100));
        rule.Asked(At(100));
        rule.Happened(Unreachable, At(100.5));
        Assert.Equal([(101.5, PatienceAct.Tell), (104.5, PatienceAct.GiveUp)], Play(rule, 100.5, 200));
    }

    [Fact]
    public void What_passes_within_a_second_is_not_told()
    {
        var rule = Asked();
        rule.Happened(Unreachable, At(0.1));
        Assert.Equal((PatienceAct.Wait, At(1.1)), rule.Look(At(0.9)));
        rule.Worked();
        Assert.Empty(Play(rule, 0.9, 60));
        Assert.Null(rule.Standing);
    }

    [Fact]
    public void A_command_that_has_worked_is_told_of_it_and_goes_on()
    {
        var rule = Asked();
        rule.Worked();
        rule.Happened(Unreachable, At(20));
        Assert.Equal([(21, PatienceAct.Tell)], Play(rule, 20, 1000));
    }

    [Fact]
    public void What_needs_a_person_ends_it_all_the_same()
    {
        var rule = Asked();
        rule.Worked();
        rule.Happened(Storage, At(20));
        Assert.Equal([(21, PatienceAct.Tell), (28.5, PatienceAct.GiveUp)], Play(rule, 20, 1000));
    }

    [Fact]
    public void Whoever_said_how_long_to_try_is_told_and_not_given_up()
    {
        var rule = Asked(givesUp: false);
        rule.Happened(Storage, At(1));
        Assert.Equal([(2, PatienceAct.Tell)], Play(rule, 1, 1000));
    }

    [Fact]
    public void The_same_is_told_once_and_something_else_as_well_without_more_patience()
    {
        var rule = Asked();
        rule.Happened(Unreachable, At(0));
        rule.Happened(Storage, At(2));
        Assert.Equal(Storage, rule.Standing);
        rule.Happened(Storage, At(2.5));
        Assert.Equal([(2.5, PatienceAct.Tell), (4, PatienceAct.GiveUp)], Play(rule, 2.5, 60));
    }

    [Fact]
    public void Of_a_broker_that_cannot_be_reached_the_first_word_stays()
    {
        var rule = Asked();
        rule.Happened(Unreachable, At(0));
        rule.Happened(Unreachable with { Message = "nobody answers" }, At(1));
        Assert.Equal(Unreachable, rule.Standing);
    }

    [Fact]
    public void A_broker_that_answers_nothing_is_told_of_once()
    {
        Assert.Equal([(8, PatienceAct.TellSilence)], Play(Asked(), 0, 1000));
        var worked = Asked();
        worked.Worked();
        Assert.Empty(Play(worked, 0, 1000));
    }
}
