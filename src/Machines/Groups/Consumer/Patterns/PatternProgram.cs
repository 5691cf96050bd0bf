namespace Semel.Machines.Groups.Consumer.Patterns;

enum StepKind : byte
{
    /// <summary>The pattern ends here.</summary>
    Match,
    /// <summary>One character of a set, then on.</summary>
    Character,
    /// <summary>On when the place is as asked.</summary>
    Assertion,
    /// <summary>On in both ways.</summary>
    Fork,
}

/// <summary>One step of a program.</summary>
readonly record struct PatternStep(StepKind Kind, AsciiSet Set, Place Place, int Next, int Other);

/// <summary>A regular expression as a machine with finitely many states, which reads a text once and in all ways at the same time (Thompson 1968).</summary>
sealed class PatternProgram
{
    /// <summary>A thousand names of twenty characters each.</summary>
    public const int MostSteps = 20_000;

    readonly List<PatternStep> _steps = [];

    PatternProgram() { }

    public IReadOnlyList<PatternStep> Steps => _steps;
    public int Start { get; private set; }
    /// <summary>Whether it matters what stands before a character.</summary>
    public bool HasAssertions { get; private set; }

    /// <exception cref="PatternException">It is too large.</exception>
    public static PatternProgram Of(PatternNode node)
    {
        if (SizeOf(node) > MostSteps) throw new PatternException($"with its repetitions written out it has more than {MostSteps} steps: repeat less, or name fewer topics");
        var program = new PatternProgram();
        program.Start = program.Emit(node, program.Add(new PatternStep(StepKind.Match, default, default, -1, -1)));
        return program;
    }

    static long SizeOf(PatternNode node) => node switch
    {
        PatternNode.Sequence sequence => Bounded(sequence.Parts.Sum(SizeOf)),
        PatternNode.Choice choice => Bounded(choice.Options.Sum(SizeOf) + choice.Options.Count),
        PatternNode.Repetition repetition => Bounded((SizeOf(repetition.Part) + 1) * Math.Max(1, repetition.Most < 0 ? repetition.Least + 1 : repetition.Most)),
        _ => 1,
    };

    /// <summary>What is too large is not told apart.</summary>
    static long Bounded(long size) => Math.Min(size, MostSteps + 1);

    int Add(PatternStep step)
    {
        _steps.Add(step);
        return _steps.Count - 1;
    }

    /// <returns>Where the steps of the node begin; they lead to <paramref name="next"/>.</returns>
    int Emit(PatternNode node, int next)
    {
        switch (node)
        {
            case PatternNode.Characters characters:
                return Add(new PatternStep(StepKind.Character, characters.Set, default, next, -1));
            case PatternNode.Assertion assertion:
                HasAssertions = true;
                return Add(new PatternStep(StepKind.Assertion, default, assertion.Place, next, -1));
            case PatternNode.Sequence sequence:
                for (var index = sequence.Parts.Count - 1; index >= 0; index--) next = Emit(sequence.Parts[index], next);
                return next;
            case PatternNode.Choice choice:
                var start = Emit(choice.Options[^1], next);
                for (var index = choice.Options.Count - 2; index >= 0; index--) start = Fork(Emit(choice.Options[index], next), start);
                return start;
            case PatternNode.Repetition repetition:
                return Emit(repetition, next);
            default:
                throw new InvalidOperationException($"no step is known for {node.GetType().Name}");
        }
    }

    int Fork(int one, int other) => Add(new PatternStep(StepKind.Fork, default, default, one, other));

    int Emit(PatternNode.Repetition repetition, int next)
    {
        if (repetition.Most < 0)
        {
            var loop = Fork(-1, next);
            _steps[loop] = _steps[loop] with { Next = Emit(repetition.Part, loop) };
            next = loop;
        }
        else
        {
            var end = next;
            for (var count = repetition.Least; count < repetition.Most; count++) next = Fork(Emit(repetition.Part, next), end);
        }
        for (var count = 0; count < repetition.Least; count++) next = Emit(repetition.Part, next);
        return next;
    }
}
