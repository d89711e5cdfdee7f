import { DEFINITION_BYTES_MAX, NORMALISER_RULES_MAX, RISK_CLASSES, TOOLS_MAX, patternProblem } from '#tools';
import type { ToolCommand } from './commands.js';
import type { ToolHash } from './model.js';
import type { Violations } from './validate.js';

/** As MCP names tools. */
const TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

/** What is wrong with a command about tools, whatever the state. */
export function checkTools(wrong: Violations, command: ToolCommand): void {
  switch (command.type) {
    case 'StoreToolText':
      if (command.text.length > DEFINITION_BYTES_MAX) wrong.add('text', `found ${command.text.length} characters, expected at most ${DEFINITION_BYTES_MAX}`);
      wrong.hash('hash', command.hash).wholeNumber('hash_formula', command.hash_formula, 1, 1_000);
      if (command.tool !== '') toolName(wrong, 'tool', command.tool);
      return;
    case 'ReportTools':
      if (command.instructions !== '') wrong.hash('instructions', command.instructions);
      checkList(wrong, command.tools, false);
      return;
    case 'ApproveTools':
      if (command.tools.length === 0) wrong.add('tools', 'expected at least one');
      checkList(wrong, command.tools, true);
      return;
    case 'SetToolRisk':
      toolName(wrong, 'tool', command.tool);
      if (command.risk_class !== null && !RISK_CLASSES.includes(command.risk_class)) wrong.add('risk_class', `expected one of ${RISK_CLASSES.join(', ')}`);
      return;
    case 'SetToolChurn':
      if (command.rules.length > NORMALISER_RULES_MAX) wrong.add('rules', `found ${command.rules.length}, expected at most ${NORMALISER_RULES_MAX}`);
      else command.rules.forEach(({ tool, pattern }, index) => {
        if (tool !== '*') toolName(wrong, `rules[${index}].tool`, tool);
        const problem = patternProblem(pattern);
        if (problem !== undefined) wrong.add(`rules[${index}].pattern`, problem);
      });
  }
}

function checkList(wrong: Violations, tools: readonly ToolHash[], withInstructions: boolean): void {
  // The instructions count as one.
  if (tools.length > TOOLS_MAX + (withInstructions ? 1 : 0)) {
    wrong.add('tools', `found ${tools.length}, expected at most ${TOOLS_MAX}`);
    return;
  }
  tools.forEach(({ tool, hash }, index) => {
    if (tool !== '' || !withInstructions) toolName(wrong, `tools[${index}].name`, tool);
    wrong.hash(`tools[${index}].hash`, hash);
  });
  if (new Set(tools.map(({ tool }) => tool)).size !== tools.length) wrong.add('tools', 'expected each tool once');
}

function toolName(wrong: Violations, field: string, name: string): void {
  if (!TOOL_NAME.test(name)) wrong.add(field, 'expected 1 to 128 of A-Z a-z 0-9 _ . -');
}
